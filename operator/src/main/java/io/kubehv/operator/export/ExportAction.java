package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;

/** One write beside the status. Each may be done twice in a row without harm. */
sealed interface ExportAction {
    /** Take a checkpoint of the VM, for this export alone. */
    record TakeCheckpoint(VirtualMachine machine) implements ExportAction {}

    /** Make a claim of a snapshot; {@code source} is the disk's own. */
    record CreateClaim(CheckpointDisk disk, PersistentVolumeClaim source, String nodeName) implements ExportAction {}

    /** Make the pod that copies what the checkpoint keeps. */
    record CreatePod(VirtualMachine machine, Checkpoint checkpoint) implements ExportAction {}

    /** Delete exactly this pod. */
    record DeletePod(Pod pod) implements ExportAction {}

    /** Delete exactly this claim. */
    record DeleteClaim(PersistentVolumeClaim claim) implements ExportAction {}

    /** Delete the checkpoint that was taken for it. */
    record DeleteCheckpoint(Checkpoint checkpoint) implements ExportAction {}
}
