package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about a way back is made from.
 *
 * @param checkpoint where the VM is to go, if it is there
 * @param machine the checkpoint's VM, if it is there
 * @param machinePod the VM's pod, if it has one
 * @param savedState the claim with the VM's memory, if it has one
 * @param attachments pods that mount disks for the VM
 * @param memory the claim with the checkpoint's memory, if it has one
 * @param fit the pod that says whether the memory fits what the node has, if it is there
 * @param copies what of it no driver of ours does
 * @param before the checkpoint of the present that is taken first, if it is there
 * @param busy what is under way with the VM that has to end first; null: nothing
 * @param moved why the checkpoint's volumes are the VM's no more; null: they are
 */
record ObservedApply(
        CheckpointApply apply,
        @Nullable Checkpoint checkpoint,
        @Nullable VirtualMachine machine,
        @Nullable Pod machinePod,
        @Nullable PersistentVolumeClaim savedState,
        List<Pod> attachments,
        @Nullable PersistentVolumeClaim memory,
        @Nullable Pod fit,
        ObservedCopies copies,
        @Nullable Checkpoint before,
        @Nullable String busy,
        @Nullable String moved,
        Instant now) {
    ObservedApply {
        attachments = List.copyOf(attachments);
    }

    CheckpointApplyStatus status() {
        return apply.getStatus() == null ? CheckpointApplyStatus.NONE : apply.getStatus();
    }

    /** Where the checkpoint is. */
    @Nullable
    String nodeName() {
        return checkpoint == null || checkpoint.getStatus() == null
                ? null
                : checkpoint.getStatus().nodeName();
    }

    CheckpointApplyPhase phase() {
        CheckpointApplyPhase phase = status().phase();
        return phase == null ? CheckpointApplyPhase.PENDING : phase;
    }

    Conditions conditions() {
        return new Conditions(status().conditions());
    }

    boolean takesCheckpointFirst() {
        return Boolean.TRUE.equals(apply.getSpec().checkpointFirst());
    }
}
