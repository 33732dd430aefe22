package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointReversal;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Identities;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a VM goes back: it is turned off, its volumes are taken back, and a copy of the memory is laid where a saved
 * VM's is. From the first of these on there is no way but forward. Pure.
 */
final class ApplyDecision {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final String BEFORE = "before";

    private ApplyDecision() {}

    /** The name of the checkpoint of the present that is taken first. */
    static String nameOfBefore(String apply) {
        return DerivedName.of(apply, BEFORE);
    }

    static ApplyPlan decide(ObservedApply observed) {
        return switch (observed.phase()) {
            case PENDING -> pending(observed);
            case CHECKPOINTING -> checkpointing(observed);
            case TURNING_OFF -> turningOff(observed);
            case REVERTING -> reverting(observed);
            case RESTORING_MEMORY -> restoring(observed);
            case APPLIED, FAILED -> rest(observed);
        };
    }

    private static ApplyPlan pending(ObservedApply observed) {
        Checkpoint checkpoint = observed.checkpoint();
        String name = observed.apply().getSpec().checkpoint();
        if (checkpoint == null) {
            return waits(
                    observed, Reason.CHECKPOINT_NOT_FOUND, "there is no Checkpoint \"" + name + "\" in its namespace");
        }
        CheckpointPhase phase =
                checkpoint.getStatus() == null ? null : checkpoint.getStatus().phase();
        if (phase == CheckpointPhase.FAILED
                || phase == CheckpointPhase.DELETING
                || checkpoint.getMetadata().getDeletionTimestamp() != null) {
            return refuse(observed, "the Checkpoint \"" + name + "\" was not taken, or is being deleted");
        }
        if (phase != CheckpointPhase.READY) {
            return waits(observed, Reason.CHECKPOINT_NOT_READY, "the Checkpoint \"" + name + "\" is being taken");
        }
        VirtualMachine machine = observed.machine();
        if (machine == null || machine.getMetadata().getDeletionTimestamp() != null) {
            return refuse(observed, "the checkpoint's VM is gone");
        }
        if (observed.moved() != null) {
            return refuse(observed, observed.moved());
        }
        if (observed.busy() != null) {
            return waits(observed, Reason.PENDING, observed.busy());
        }
        return MemoryFitting.hindrance(observed, checkpoint)
                .or(() -> ForeignWayBack.hindrance(observed))
                .orElseGet(() -> begin(observed, checkpoint, machine));
    }

    private static ApplyPlan begin(ObservedApply observed, Checkpoint checkpoint, VirtualMachine machine) {
        CheckpointApplyStatus status = placed(observed, checkpoint, machine);
        ApplyPlan plan = observed.takesCheckpointFirst()
                ? step(
                                status,
                                CheckpointApplyPhase.CHECKPOINTING,
                                Reason.CREATING,
                                "a checkpoint of the present is taken first")
                        .lookAgain(Duration.ofMillis(1))
                : turnOff(status);
        return plan.withFirst(MemoryFitting.tidy(observed));
    }

    private static ApplyPlan checkpointing(ObservedApply observed) {
        Checkpoint before = observed.before();
        VirtualMachine machine = observed.machine();
        String name = nameOfBefore(observed.apply().getMetadata().getName());
        if (machine == null) {
            return refuse(observed, "the checkpoint's VM is gone");
        }
        if (before == null) {
            ApplyPlan plan = step(
                    observed.status(),
                    CheckpointApplyPhase.CHECKPOINTING,
                    Reason.CREATING,
                    "a checkpoint of the present is taken first");
            return new ApplyPlan(
                    plan.status(), plan.ready(), List.of(new ApplyPlan.Action.CheckpointFirst(name, machine)), LATER);
        }
        CheckpointPhase phase =
                before.getStatus() == null ? null : before.getStatus().phase();
        if (phase == CheckpointPhase.FAILED) {
            return refuse(
                    observed, "the checkpoint of the present, \"" + name + "\", could not be taken; nothing was done");
        }
        return phase == CheckpointPhase.READY
                ? turnOff(observed.status())
                : step(
                                observed.status(),
                                CheckpointApplyPhase.CHECKPOINTING,
                                Reason.CREATING,
                                "a checkpoint of the present is taken first: " + name)
                        .lookAgain(SOON);
    }

    private static ApplyPlan turnOff(CheckpointApplyStatus status) {
        return step(status, CheckpointApplyPhase.TURNING_OFF, Reason.STOPPING, "the VM is turned off")
                .lookAgain(SOON);
    }

    private static ApplyPlan turningOff(ObservedApply observed) {
        boolean off = observed.machinePod() == null
                && observed.savedState() == null
                && observed.attachments().isEmpty();
        return off && isOfItsGeneration(observed)
                ? step(
                                observed.status(),
                                CheckpointApplyPhase.REVERTING,
                                Reason.REVERTING,
                                "the VM's volumes are taken back")
                        .lookAgain(LATER)
                : turnOff(observed.status());
    }

    /** What starts after this must not take itself for what it was before: that is in the VM's status first. */
    private static boolean isOfItsGeneration(ObservedApply observed) {
        return Optional.ofNullable(observed.machine())
                .map(VirtualMachine::getStatus)
                .map(VirtualMachineStatus::identity)
                .map(Identity::generationId)
                .filter(Identities.generationAfter(observed.apply())::equals)
                .isPresent();
    }

    private static ApplyPlan reverting(ObservedApply observed) {
        CheckpointReversal reversal = observed.status().reversal();
        if (reversal == null || !Boolean.TRUE.equals(reversal.done())) {
            String trouble = reversal == null || reversal.message() == null ? "" : ": " + reversal.message();
            return reverts(observed, "the VM's volumes are taken back" + trouble);
        }
        Optional<ApplyPlan> copying = ForeignWayBack.copying(observed);
        if (copying.isPresent()) {
            return copying.get();
        }
        return step(
                        observed.status(),
                        CheckpointApplyPhase.RESTORING_MEMORY,
                        Reason.REVERTING,
                        "the VM's volumes are what they were")
                .lookAgain(Duration.ofMillis(1));
    }

    static ApplyPlan reverts(ObservedApply observed, String what) {
        return step(observed.status(), CheckpointApplyPhase.REVERTING, Reason.REVERTING, what)
                .lookAgain(observed.copies().isNeeded() ? SOON : LATER);
    }

    /** @param empty whether a pod copies it */
    static ApplyPlan.Action restoresMemory(ObservedApply observed, PersistentVolumeClaim kept, boolean empty) {
        return new ApplyPlan.Action.RestoreMemory(
                Objects.requireNonNull(observed.machine()),
                kept,
                CheckpointMemory.of(Objects.requireNonNull(observed.checkpoint())),
                Objects.requireNonNull(observed.status().nodeName()),
                empty);
    }

    private static ApplyPlan restoring(ObservedApply observed) {
        Checkpoint checkpoint = observed.checkpoint();
        VirtualMachine machine = observed.machine();
        if (checkpoint == null || machine == null) {
            return refuse(observed, "the checkpoint or its VM is gone");
        }
        List<ApplyPlan.Action> actions = new ArrayList<>();
        boolean withMemory = checkpoint.getStatus() != null
                && Boolean.TRUE.equals(checkpoint.getStatus().withMemory());
        PersistentVolumeClaim kept = observed.memory();
        if (withMemory && kept == null) {
            return step(
                            observed.status(),
                            CheckpointApplyPhase.RESTORING_MEMORY,
                            Reason.CLAIM_NOT_FOUND,
                            "the claim \"" + CheckpointMemory.name(checkpoint)
                                    + "\" with the checkpoint's memory is not there")
                    .lookAgain(LATER);
        }
        if (kept != null && !observed.copies().memory()) {
            actions.add(restoresMemory(observed, kept, false));
        }
        actions.add(new ApplyPlan.Action.MoveMachine(
                machine, checkpoint.getMetadata().getName()));
        CheckpointApplyStatus before = observed.status();
        CheckpointApplyStatus status = new CheckpointApplyStatus(
                CheckpointApplyPhase.APPLIED,
                before.virtualMachine(),
                before.nodeName(),
                before.disks(),
                null,
                observed.now().toString(),
                null,
                null);
        String what = withMemory
                ? "the VM is what it was, and goes on as its powerState says"
                : "the VM's disks are what they were; it is off";
        return new ApplyPlan(status, Verdict.yes(Reason.APPLIED, what), actions, null);
    }

    private static ApplyPlan rest(ObservedApply observed) {
        Verdict ready = observed.conditions()
                .verdict(ConditionTypes.READY)
                .orElseGet(() -> Verdict.no(Reason.CHECKPOINT_REFUSED, "it was refused"));
        return new ApplyPlan(at(observed.status(), observed.phase()), ready, ForeignWayBack.tidy(observed), null);
    }

    private static CheckpointApplyStatus placed(ObservedApply observed, Checkpoint checkpoint, VirtualMachine machine) {
        List<CheckpointDisk> disks = Optional.ofNullable(checkpoint.getStatus())
                .map(CheckpointDecision::disks)
                .orElse(List.of());
        return new CheckpointApplyStatus(
                observed.phase(),
                machine.getMetadata().getName(),
                checkpoint.getStatus() == null ? null : checkpoint.getStatus().nodeName(),
                disks,
                null,
                null,
                null,
                null);
    }

    static ApplyPlan waits(ObservedApply observed, Reason reason, @Nullable String why) {
        return new ApplyPlan(
                at(observed.status(), CheckpointApplyPhase.PENDING),
                Verdict.no(reason, Objects.requireNonNullElse(why, "")),
                List.of(),
                SOON);
    }

    static ApplyPlan refuse(ObservedApply observed, @Nullable String why) {
        return new ApplyPlan(
                at(observed.status(), CheckpointApplyPhase.FAILED),
                Verdict.no(Reason.CHECKPOINT_REFUSED, Objects.requireNonNullElse(why, "")),
                List.of(),
                null);
    }

    private static ApplyPlan step(
            CheckpointApplyStatus status, CheckpointApplyPhase phase, Reason reason, String what) {
        return new ApplyPlan(at(status, phase), Verdict.no(reason, what), List.of(), null);
    }

    private static CheckpointApplyStatus at(CheckpointApplyStatus before, CheckpointApplyPhase phase) {
        return new CheckpointApplyStatus(
                phase,
                before.virtualMachine(),
                before.nodeName(),
                before.disks(),
                null,
                before.appliedAt(),
                null,
                null);
    }
}
