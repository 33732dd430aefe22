package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SwitchPorts;
import io.kubehv.operator.virtualmachine.lifecycle.CrashedHandler;
import io.kubehv.operator.virtualmachine.lifecycle.LifecycleHandler;
import io.kubehv.operator.virtualmachine.lifecycle.OffHandler;
import io.kubehv.operator.virtualmachine.lifecycle.RevertedHandler;
import io.kubehv.operator.virtualmachine.lifecycle.SaveDoneHandler;
import io.kubehv.operator.virtualmachine.lifecycle.SavedHandler;
import io.kubehv.operator.virtualmachine.lifecycle.ShutDownHandler;
import io.kubehv.operator.virtualmachine.lifecycle.StartingHandler;
import io.kubehv.operator.virtualmachine.lifecycle.StoppingHandler;
import io.kubehv.operator.virtualmachine.lifecycle.UnfitHandler;
import io.kubehv.operator.virtualmachine.lifecycle.UpHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** From what was observed to what is done. Pure: the same observation gives the same plan. */
public final class Decision {
    private static final Map<Lifecycle, LifecycleHandler> HANDLERS = Map.of(
            Lifecycle.OFF, new OffHandler(),
            Lifecycle.SAVED, new SavedHandler(),
            Lifecycle.REVERTED, new RevertedHandler(),
            Lifecycle.STARTING, new StartingHandler(),
            Lifecycle.UP, new UpHandler(),
            Lifecycle.SAVE_DONE, new SaveDoneHandler(),
            Lifecycle.STOPPING, new StoppingHandler(),
            Lifecycle.SHUT_DOWN, new ShutDownHandler(),
            Lifecycle.CRASHED, new CrashedHandler(),
            Lifecycle.UNFIT, new UnfitHandler());

    /** Checkpoints are another controller's: nothing tells a VM when that which it is made from is ready, or gone. */
    private static final Duration CHECKPOINT_AGAIN = Duration.ofSeconds(2);

    private static final Duration STALLED_AGAIN = Duration.ofSeconds(30);

    private Decision() {}

    /** What to do about a VM. */
    public static Plan decide(Observed observed) {
        Lifecycle lifecycle = Lifecycle.of(observed);
        CheckpointApply applying = observed.applying();
        if (applying != null) {
            return withClones(
                    observed,
                    withTemplates(observed, HotPlug.plan(observed, lifecycle, ApplyHold.plan(observed, applying))));
        }
        Intent intent = PowerTable.intent(lifecycle, observed.wanted());
        LifecycleHandler handler = Objects.requireNonNull(HANDLERS.get(lifecycle));
        Plan plan = withClones(observed, withTemplates(observed, handler.plan(observed, intent)));
        Plan live = MemoryResize.plan(observed, lifecycle, HotPlug.plan(observed, lifecycle, plan));
        return withPorts(observed, withLabels(observed, withProcessors(observed, lifecycle, live)));
    }

    /** A machine never gives up processors, so what it came to is noted before a spec that is lowered again hides it. */
    private static Plan withProcessors(Observed observed, Lifecycle lifecycle, Plan plan) {
        return observed.podFacts()
                .filter(pod -> lifecycle == Lifecycle.UP)
                .flatMap(pod -> SpecSnapshot.moreProcessors(observed.machine(), pod)
                        .map(count -> plan.and(List.of(new Action.NoteProcessors(pod.pod(), count)))))
                .orElse(plan);
    }

    /** A VM has its disks also while it is off. They come last: a disk that is refused must not keep a VM from ending. */
    private static Plan withTemplates(Observed observed, Plan plan) {
        List<Action> actions = new ArrayList<>();
        for (ResolvedDisk disk : observed.disks()) {
            VirtualHardDisk outdated = disk.outdatedTemplate();
            if (disk.absentTemplate()) {
                actions.add(new Action.CreateTemplate(disk.disk()));
            } else if (outdated != null) {
                actions.add(new Action.ChangeTemplate(outdated, disk.disk()));
            }
        }
        return plan.and(actions);
    }

    /** As disks of templates: a VM that is off has what it was made from all the same. */
    private static Plan withClones(Observed observed, Plan plan) {
        MachineOrigin origin = observed.origin();
        CheckpointOrigin known = origin.known();
        List<Action> actions = new ArrayList<>();
        if (known != null) {
            origin.toMake().forEach((claim, part) -> actions.add(new Action.CreateClone(known, part, claim)));
            origin.toPlace().forEach(claim -> actions.add(new Action.PlaceClone(known, claim)));
        }
        Plan all = plan.and(actions);
        boolean waits = origin.problem() != null || !origin.disks().isEmpty();
        if (!waits) {
            return all;
        }
        boolean stalled = Stream.concat(Stream.ofNullable(origin.problem()), origin.disks().values().stream())
                .allMatch(problem -> problem.stalled().isPresent());
        Duration wait = stalled ? STALLED_AGAIN : CHECKPOINT_AGAIN;
        Duration again = plan.again();
        return again != null && again.compareTo(wait) < 0 ? all : all.lookAgain(wait);
    }

    private static Plan withLabels(Observed observed, Plan plan) {
        Pod pod = observed.pod();
        return pod == null || leaves(pod, plan) || LauncherPod.labelled(observed.machine(), pod)
                ? plan
                : plan.and(List.of(new Action.LabelPod(pod, LauncherPod.labels(observed.machine()))));
    }

    /** Guards, VLANs, limits and the like change while a VM runs: its node's switch daemon watches what its pod asks for. */
    private static Plan withPorts(Observed observed, Plan plan) {
        Pod pod = observed.pod();
        if (pod == null || leaves(pod, plan)) {
            return plan;
        }
        List<SwitchPort> present = SwitchPorts.of(pod);
        List<SwitchPort> wanted = AdapterPlug.ports(observed, pod);
        return wanted.equals(present) ? plan : plan.and(List.of(new Action.ChangePorts(pod, wanted)));
    }

    private static boolean leaves(Pod pod, Plan plan) {
        return pod.getMetadata().getDeletionTimestamp() != null
                || plan.actions().stream()
                        .anyMatch(action -> action instanceof Action.DeletePod delete
                                && delete.pod().equals(pod));
    }
}
