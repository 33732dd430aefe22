package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The first decision about a checkpoint: whether it is taken, as what, and of what. Nothing has been done before. Pure. */
final class CheckpointAdmission {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Comparator<Checkpoint> BY_AGE = Comparator.comparing(
                    (Checkpoint found) -> String.valueOf(found.getMetadata().getCreationTimestamp()))
            .thenComparing(found -> found.getMetadata().getName());

    /** Why a VM that should run rests all the same, until somebody does something or its node is back. */
    private static final Set<Reason> RESTING = EnumSet.of(
            Reason.GUEST_SHUT_DOWN,
            Reason.CRITICAL_ERROR_TIMED_OUT,
            Reason.CHECKPOINT_APPLIED,
            Reason.NODE_RESTARTED,
            Reason.AWAITING_AUTOMATIC_START,
            Reason.SAVED);

    private CheckpointAdmission() {}

    static CheckpointPlan pending(ObservedCheckpoint observed) {
        VirtualMachine machine = observed.machine();
        if (machine == null) {
            return waits(
                            observed,
                            Reason.VIRTUAL_MACHINE_NOT_FOUND,
                            "there is no VirtualMachine \""
                                    + observed.checkpoint().getSpec().virtualMachine() + "\" in its namespace")
                    .lookAgain(LATER);
        }
        CheckpointPlan plan = pending(observed, machine);
        if (Owners.owns(machine, observed.checkpoint())) {
            return plan;
        }
        List<CheckpointAction> actions = new ArrayList<>(plan.actions());
        actions.addFirst(new CheckpointAction.BelongTo(machine));
        return new CheckpointPlan(plan.status(), plan.ready(), actions, plan.again(), false);
    }

    private static CheckpointPlan pending(ObservedCheckpoint observed, VirtualMachine machine) {
        CheckpointType wanted = CheckpointRules.wanted(observed, machine);
        if (wanted == CheckpointType.DISABLED) {
            return CheckpointDecision.refuse(
                    observed,
                    Reason.CHECKPOINTS_DISABLED,
                    "the VM's checkpointType is Disabled; change it and make a new Checkpoint");
        }
        long taken =
                observed.siblings().stream().filter(CheckpointAdmission::counts).count();
        if (taken >= CheckpointRules.MOST) {
            return CheckpointDecision.refuse(
                    observed,
                    Reason.TOO_MANY_CHECKPOINTS,
                    "the VM has " + taken + " checkpoints, and " + CheckpointRules.MOST
                            + " are the most; delete one and make a new Checkpoint");
        }
        if (observed.applying()) {
            return waits(observed, Reason.PENDING, "the VM is on its way back to a checkpoint; it is taken afterwards");
        }
        boolean first = observed.siblings().stream()
                .noneMatch(other -> CheckpointDecision.isUnderWay(other)
                        || (isPending(other) && BY_AGE.compare(other, observed.checkpoint()) < 0));
        return first
                ? begin(observed, machine, wanted)
                : waits(observed, Reason.PENDING, "another checkpoint of the VM is taken first");
    }

    static boolean counts(Checkpoint checkpoint) {
        CheckpointPhase phase =
                checkpoint.getStatus() == null ? null : checkpoint.getStatus().phase();
        return phase != null && phase != CheckpointPhase.FAILED && phase != CheckpointPhase.PENDING;
    }

    private static boolean isPending(Checkpoint checkpoint) {
        boolean deleting = checkpoint.getMetadata().getDeletionTimestamp() != null;
        return !deleting
                && (checkpoint.getStatus() == null
                        || checkpoint.getStatus().phase() == null
                        || checkpoint.getStatus().phase() == CheckpointPhase.PENDING);
    }

    private static CheckpointPlan waits(ObservedCheckpoint observed, Reason reason, String why) {
        return CheckpointPlan.of(
                        CheckpointStatuses.at(observed.status(), CheckpointPhase.PENDING),
                        Verdict.no(reason, why),
                        List.of())
                .lookAgain(SOON);
    }

    private static CheckpointPlan begin(ObservedCheckpoint observed, VirtualMachine machine, CheckpointType wanted) {
        VirtualMachineStatus status = machine.getStatus();
        VirtualMachineState state = status == null ? null : status.state();
        Optional<PodFacts> pod = observed.livePod();
        if (pod.isEmpty()) {
            if (observed.savedMemory().isPresent()) {
                return ofSaved(observed, machine, wanted);
            }
            if (isAboutToStart(machine)) {
                return waits(observed, Reason.PENDING, "the VM is about to start; it is taken when it runs");
            }
            return state == null || state == VirtualMachineState.OFF
                    ? prepare(observed, machine, wanted, null, null, false)
                    : waits(observed, Reason.PENDING, "the VM is " + state + "; it is taken when that is over");
        }
        boolean up = (state == VirtualMachineState.RUNNING || state == VirtualMachineState.PAUSED)
                && !pod.get().deleting()
                && !pod.get().nodeLost();
        if (!up) {
            return waits(
                    observed,
                    Reason.PENDING,
                    "the VM neither runs nor is off at present; it is taken when it does or is");
        }
        if (wanted == CheckpointType.STANDARD) {
            return withMemory(observed, machine, pod.get(), null);
        }
        Optional<String> noFreeze = CheckpointRules.noFreeze(machine);
        if (noFreeze.isEmpty()) {
            return prepare(observed, machine, wanted, null, pod.get(), false);
        }
        if (wanted == CheckpointType.PRODUCTION_ONLY) {
            return CheckpointDecision.refuse(
                    observed,
                    Reason.CHECKPOINT_REFUSED,
                    noFreeze.get() + ", and type is ProductionOnly; start the agent, or take a Standard checkpoint");
        }
        return withMemory(observed, machine, pod.get(), noFreeze.get());
    }

    /** Nothing of it runs, and it has its memory: a Standard one is all that there is. */
    private static CheckpointPlan ofSaved(ObservedCheckpoint observed, VirtualMachine machine, CheckpointType wanted) {
        String noFreeze = "the VM is saved, so that its guest can't make its disks consistent";
        return switch (wanted) {
            case PRODUCTION_ONLY ->
                CheckpointDecision.refuse(
                        observed,
                        Reason.CHECKPOINT_REFUSED,
                        noFreeze + ", and type is ProductionOnly; let it run, or take a Standard checkpoint");
            case PRODUCTION -> prepare(observed, machine, CheckpointType.STANDARD, noFreeze, null, true);
            case STANDARD, DISABLED -> prepare(observed, machine, CheckpointType.STANDARD, null, null, true);
        };
    }

    /** It should run, and nothing is said of its resting: what is kept of it is kept when it runs. */
    private static boolean isAboutToStart(VirtualMachine machine) {
        PowerState wanted = machine.getSpec().powerState();
        boolean shouldRun = wanted != PowerState.OFF && wanted != PowerState.SAVED;
        String reason = new Conditions(
                        machine.getStatus() == null ? null : machine.getStatus().conditions())
                .reason(ConditionTypes.READY);
        return shouldRun && Reason.of(reason).filter(RESTING::contains).isEmpty();
    }

    private static CheckpointPlan withMemory(
            ObservedCheckpoint observed, VirtualMachine machine, PodFacts pod, @Nullable String fallback) {
        Optional<String> noMemory = CheckpointRules.noMemory(machine, pod);
        return noMemory.map(why -> CheckpointDecision.refuse(observed, Reason.CHECKPOINT_REFUSED, why))
                .orElseGet(() -> prepare(observed, machine, CheckpointType.STANDARD, fallback, pod, true));
    }

    private static CheckpointPlan prepare(
            ObservedCheckpoint observed,
            VirtualMachine machine,
            CheckpointType type,
            @Nullable String fallback,
            @Nullable PodFacts pod,
            boolean withMemory) {
        CheckpointVolumes volumes = observed.volumes();
        if (volumes.problem() != null) {
            return CheckpointDecision.refuse(observed, Reason.CHECKPOINT_REFUSED, volumes.problem());
        }
        String node = pod == null ? volumes.nodeName() : pod.nodeName().orElse(volumes.nodeName());
        if (volumes.disks().isEmpty() || node == null) {
            return CheckpointDecision.refuse(
                    observed, Reason.CHECKPOINT_REFUSED, "the VM has no disk that a state could be kept of");
        }
        CheckpointStatus typed = CheckpointStatuses.typed(observed.status(), type, fallback, withMemory);
        String parent = machine.getStatus() == null ? null : machine.getStatus().checkpoint();
        CheckpointStatus status =
                CheckpointStatuses.placed(typed, parent, node, pod == null ? null : pod.uid(), volumes.disks());
        return CheckpointPlan.of(
                        CheckpointStatuses.at(status, CheckpointPhase.PREPARING),
                        Verdict.no(Reason.PREPARING, "what it is to consist of is known"),
                        List.of())
                .lookAgain(Duration.ofMillis(1));
    }
}
