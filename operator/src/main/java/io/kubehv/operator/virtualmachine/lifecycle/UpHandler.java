package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.AdapterPlug;
import io.kubehv.operator.virtualmachine.HotPlug;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.SpecSnapshot;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A daemon holds its QEMU and writes its state; the operator judges whether that is what the spec asks for. */
public final class UpHandler implements LifecycleHandler {
    /** It would go on in a pod like its present one, where its memory would meet other disks than it knows. */
    private static final Verdict DISKS_CHANGED = Verdict.no(
            Reason.DISKS_CHANGED,
            "it can't be saved: disks or DVD media came or left since it started; take away what came and bring"
                    + " media back, or restart it once, as a disk that has left comes back in another place");

    private static final Verdict ADAPTERS_CHANGED = Verdict.no(
            Reason.ADAPTERS_CHANGED,
            "it can't be saved: network adapters came or left since it started; take away those that came, or"
                    + " restart it once, as one that has left comes back in another place");

    @Override
    public Plan plan(Observed observed, Intent intent) {
        PodFacts pod = observed.podFacts().orElseThrow();
        if (intent == Intent.STOP) {
            return Plan.of(
                    null,
                    Verdict.no(Reason.STOPPING, "its guest is being shut down, as powerState asks"),
                    new Action.DeletePod(pod.pod()));
        }
        if (intent == Intent.REST && observed.restartAsked(pod)) {
            return Plan.of(
                    null,
                    Verdict.no(Reason.STOPPING, "its guest is being shut down, to start again as asked"),
                    new Action.DeletePod(pod.pod()));
        }
        return intent == Intent.SAVE ? save(observed, pod) : rest(observed, pod);
    }

    private static Plan rest(Observed observed, PodFacts pod) {
        return Plan.of(null, judge(observed, pod))
                .and(noteResumed(observed, pod))
                .and(keepReady(observed, pod))
                .and(Leftovers.savePod(observed));
    }

    /** The claim that its pod mounts for its memory is noted to be for this pod, once no older memory is on it. */
    private static List<Action> keepReady(Observed observed, PodFacts pod) {
        PersistentVolumeClaim claim = observed.savedState();
        boolean settled = claim != null
                && !SavedState.isWhole(claim)
                && !(SavedState.isOf(claim, pod) && SavedState.fits(claim, pod.pod()))
                && !observed.discarding()
                && observed.state().filter(VirtualMachineState.RUNNING::equals).isPresent();
        return settled
                        && SavedState.isKeptReady(observed.machine().getSpec())
                        && LauncherPod.keepsPlaceForMemory(observed.machine(), pod.pod())
                ? List.of(new Action.CreateSavedState(pod.pod()))
                : List.of();
    }

    private static Verdict judge(Observed observed, PodFacts pod) {
        if (pod.nodeLost()) {
            return Verdict.no(Reason.NODE_LOST, PodFacts.NODE_LOST + "; it starts elsewhere when its pod is gone");
        }
        VirtualMachineState state = observed.state().orElseThrow();
        boolean paused = observed.wanted() == PowerState.PAUSED;
        return switch (state) {
            case RUNNING ->
                paused
                        ? Verdict.no(Reason.PAUSING, "it is being paused")
                        : pod.addresses().isEmpty()
                                ? Verdict.no(Reason.STARTING, "its pod is being started")
                                : Verdict.yes(Reason.RUNNING, "its guest runs");
            case PAUSED ->
                paused
                        ? Verdict.yes(Reason.PAUSED, "it is paused, as powerState asks")
                        : Verdict.no(Reason.PAUSED, "it is paused and should run");
            case PAUSING -> Verdict.no(Reason.PAUSING, "it is being paused");
            case RESUMING -> Verdict.no(Reason.RESUMING, "it is being resumed");
            case SAVING -> Verdict.no(Reason.SAVING, "its memory is being saved");
            case STOPPING -> Verdict.no(Reason.STOPPING, "its guest is shutting down");
            case CRITICAL -> critical(observed);
            case OFF, STARTING, SAVED -> Verdict.no(Reason.STARTING, "its pod is being started");
        };
    }

    private static Verdict critical(Observed observed) {
        return Verdict.no(
                Reason.CRITICAL,
                observed.conditions()
                        .get(ConditionTypes.CRITICAL_ERROR)
                        .map(Condition::getMessage)
                        .orElse("its daemon can't go on with it; see its events"));
    }

    private static Plan save(Observed observed, PodFacts pod) {
        if (SpecSnapshot.hasMoreProcessors(observed.machine(), pod)) {
            return Plan.of(
                    null,
                    Verdict.no(
                            Reason.SAVE_REFUSED,
                            "processors were added since it was started, and its memory would not fit the machine that it is"
                                    + " resumed in; restart it first, or set powerState to Off, Paused or Running"));
        }
        if (LauncherPod.mayRunGuestsOfItsOwn(pod.pod())) {
            return Plan.of(
                    null,
                    Verdict.no(
                            Reason.SAVE_REFUSED,
                            "it exposes virtualization extensions, and a memory does not keep what its guest's own guests"
                                    + " are at; set powerState to Off, Paused or Running"));
        }
        if (observed.discarding()) {
            return Plan.of(
                    null, Verdict.no(Reason.SAVING, "its memory is saved when the claim of an older one is gone"));
        }
        if (observed.savePod() == null && HotPlug.hasChanged(observed)) {
            return Plan.of(null, DISKS_CHANGED);
        }
        if (observed.savePod() == null && AdapterPlug.hasChanged(observed)) {
            return Plan.of(null, ADAPTERS_CHANGED);
        }
        List<Action> actions =
                new ArrayList<>(observed.resumes(pod) ? noteResumed(observed, pod) : Leftovers.outdated(observed));
        PersistentVolumeClaim claim = observed.savedState();
        if (observed.savePod() == null && outgrown(claim, pod)) {
            return Plan.of(
                    null,
                    Verdict.no(Reason.SAVING, "its memory is saved when the claim of another size is gone"),
                    new Action.DeleteSavedState(Objects.requireNonNull(claim)));
        }
        if (claim == null || !SavedState.isOf(claim, pod)) {
            actions.add(new Action.CreateSavedState(pod.pod()));
        }
        if (observed.savePod() == null) {
            pod.nodeName().ifPresent(node -> actions.add(new Action.CreateSavePod(node)));
        }
        return Plan.of(null, progress(observed, pod)).and(actions);
    }

    /** A save that was called off left a claim for as much memory as there was then. */
    private static boolean outgrown(@Nullable PersistentVolumeClaim claim, PodFacts pod) {
        return claim != null && SavedState.isOf(claim, pod) && !SavedState.fits(claim, pod.pod());
    }

    private static Verdict progress(Observed observed, PodFacts pod) {
        if (pod.nodeLost()) {
            return Verdict.no(Reason.NODE_LOST, PodFacts.NODE_LOST + "; its memory can't be saved meanwhile");
        }
        if (observed.state().orElse(null) == VirtualMachineState.CRITICAL) {
            return critical(observed);
        }
        return observed.podOfSave()
                .flatMap(PodFacts::problem)
                .map(problem -> Verdict.no(problem.reason(), "its memory can't be saved yet: " + problem.message()))
                .orElseGet(() -> Verdict.no(Reason.SAVING, "its memory is being saved"));
    }

    /** A memory that was resumed from is old: nobody may ever resume from it again. */
    private static List<Action> noteResumed(Observed observed, PodFacts pod) {
        boolean runs = observed.state()
                .filter(state -> state == VirtualMachineState.RUNNING || state == VirtualMachineState.PAUSED)
                .isPresent();
        return runs && observed.resumes(pod) ? Leftovers.outdated(observed) : List.of();
    }
}
