package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.hv.checkpoint.MemoryFit;
import io.kubehv.operator.pod.BackOff;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.time.Duration;
import java.time.Instant;

/**
 * The launcher refused the definition. Much of that is the spec's and stays until the spec changes, but what the spec
 * names may get in order by itself (a key is added to a Secret): so it is tried again, seldom.
 */
public final class UnfitHandler implements LifecycleHandler {
    /** The first try again is later than after a crash: what is wrong here seldom passes in seconds. */
    private static final int HEAD_START = 3;

    /** How the launcher names the memory to resume from. */
    private static final String MEMORY_FIELD = "restorePath";

    private static final String KEPT =
            "; nothing is lost, and its saved memory is kept. To start without it set powerState to Off, which deletes"
                    + " the memory, and then to Running";

    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        PodFacts pod = observed.podFacts().orElseThrow();
        if (changed(observed, pod)) {
            return Starts.anew(observed, observed.resumable(), 0);
        }
        String words = pod.lastWords(LauncherPod.CONTAINER);
        if (observed.resumes(pod) && words.contains(MEMORY_FIELD)) {
            return withoutMemory(observed, words);
        }
        boolean unfitMemory = observed.resumes(pod) && words.startsWith(MemoryFit.REFUSAL);
        int refusals = LauncherPod.crashes(pod) + 1;
        Instant due = pod.endedAt(LauncherPod.CONTAINER).plus(BackOff.after(refusals + HEAD_START));
        if (!observed.now().isBefore(due)) {
            return Starts.anew(observed, observed.resumable(), refusals);
        }
        String again = "; it is tried again at " + due + ", or at once when its spec changes or it is annotated with "
                + KubeHV.RESTARTED_AT_ANNOTATION + "=<the time now>";
        Plan plan = unfitMemory
                ? Plan.of(VirtualMachineState.SAVED, Verdict.no(Reason.MEMORY_DOES_NOT_FIT, words + KEPT + again))
                : Plan.of(
                        VirtualMachineState.CRITICAL,
                        Verdict.no(
                                Reason.CANNOT_RUN,
                                (words.isEmpty() ? "it can't run as it is defined" : words) + again));
        return plan.lookAgain(Duration.between(observed.now(), due));
    }

    private static Plan withoutMemory(Observed observed, String words) {
        Plan start = Starts.anew(observed, false, 0);
        return start.start().isEmpty()
                ? start
                : new Plan(
                        start.state(),
                        Verdict.no(
                                Reason.RESTARTING, "its saved memory is lost (" + words + "); it is started without"),
                        start.actions(),
                        start.again());
    }

    private static boolean changed(Observed observed, PodFacts pod) {
        String generation = String.valueOf(observed.machine().getMetadata().getGeneration());
        return !generation.equals(pod.annotation(LauncherPod.GENERATION_ANNOTATION)) || observed.restartAsked(pod);
    }
}
