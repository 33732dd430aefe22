package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about a checkpoint is made from.
 *
 * @param machine its VM, if there is one
 * @param machinePod the pod of the VM, if it has one
 * @param savedState the claim with the memory of the VM, if it is saved
 * @param starting whether a pod of the VM is on its way
 * @param siblings the VM's other checkpoints
 * @param applying whether the VM is on its way back to a checkpoint
 * @param memoryClaim the claim that holds the memory, if there is one
 * @param memoryPod the pod that mounts it, if there is one
 * @param volumes what it is to consist of; looked up only while that is to be decided
 * @param snapshots the VolumeSnapshots by which other CSI drivers keep disks of it, as far as they are there
 * @param madeFromIt the names of VMs that are being made from it
 */
record ObservedCheckpoint(
        Checkpoint checkpoint,
        @Nullable VirtualMachine machine,
        @Nullable Pod machinePod,
        @Nullable PersistentVolumeClaim savedState,
        boolean starting,
        List<Checkpoint> siblings,
        boolean applying,
        @Nullable PersistentVolumeClaim memoryClaim,
        @Nullable Pod memoryPod,
        CheckpointVolumes volumes,
        List<ForeignSnapshot> snapshots,
        List<String> madeFromIt,
        Instant now) {
    ObservedCheckpoint {
        siblings = List.copyOf(siblings);
        snapshots = List.copyOf(snapshots);
        madeFromIt = List.copyOf(madeFromIt);
    }

    CheckpointStatus status() {
        return checkpoint.getStatus() == null ? CheckpointStatus.NONE : checkpoint.getStatus();
    }

    CheckpointPhase phase() {
        CheckpointPhase phase = status().phase();
        return phase == null ? CheckpointPhase.PENDING : phase;
    }

    String name() {
        return checkpoint.getMetadata().getName();
    }

    Conditions conditions() {
        return new Conditions(status().conditions());
    }

    /** The memory that the VM will go on from, if it is saved. */
    Optional<PersistentVolumeClaim> savedMemory() {
        boolean saved = machine != null
                && machine.getStatus() != null
                && machine.getStatus().state() == VirtualMachineState.SAVED;
        return Optional.ofNullable(savedState)
                .filter(claim -> saved && SavedState.isWhole(claim))
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null);
    }

    /** The VM's pod, unless it has ended. */
    Optional<PodFacts> livePod() {
        return Optional.ofNullable(machinePod).map(PodFacts::new).filter(pod -> !pod.finished());
    }
}
