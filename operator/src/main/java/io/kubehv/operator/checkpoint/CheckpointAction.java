package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One write beside the status. Each may be done twice in a row without harm. */
sealed interface CheckpointAction {
    /** Let the checkpoint go with its VM. */
    record BelongTo(VirtualMachine machine) implements CheckpointAction {}

    /** Make the claim for the memory of the guest that runs in the pod. */
    record CreateMemoryClaim(VirtualMachine machine, Pod running) implements CheckpointAction {}

    /** Make the claim for the memory, as a copy of that which a saved VM has. */
    record CopyMemory(PersistentVolumeClaim saved, String nodeName) implements CheckpointAction {}

    /** Make the pod that gives the daemon the claim, on the VM's node. */
    record CreateMemoryPod(VirtualMachine machine, String nodeName) implements CheckpointAction {}

    /** Delete exactly this pod. */
    record DeletePod(Pod pod) implements CheckpointAction {}

    /** Delete exactly this claim. */
    record DeleteClaim(PersistentVolumeClaim claim) implements CheckpointAction {}

    /** Make the VolumeSnapshot by which another CSI driver keeps a disk. */
    record Cut(CheckpointDisk disk) implements CheckpointAction {}

    /** Make VolumeSnapshots of what our own CSI driver keeps. */
    record Expose(List<CheckpointDisk> disks) implements CheckpointAction {}

    /** Delete the VolumeSnapshots of what it kept. */
    record Conceal() implements CheckpointAction {}

    /** Note in the VM's status which checkpoint it goes on from; null: none. */
    record MoveMachine(VirtualMachine machine, @Nullable String checkpoint) implements CheckpointAction {}

    /** Hang a checkpoint on another, as that between them goes; null: it becomes a root. */
    record Reparent(Checkpoint child, @Nullable String parent) implements CheckpointAction {}
}
