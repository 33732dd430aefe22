package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.operator.Owners;
import io.kubehv.operator.claim.ClaimUse;
import java.util.List;

/**
 * The disks of a VM that does not run, while a checkpoint of it is taken: its VM may not start meanwhile, as they would be kept
 * one after the other while it writes to them. Nothing but the checkpoint's status says so, which outlives this program.
 */
final class QuietDisks {
    private QuietDisks() {}

    /** The keys of the claims that have to stay as they are. */
    static List<String> claims(Checkpoint checkpoint) {
        return disks(checkpoint).stream()
                .map(disk -> ClaimUse.key(checkpoint.getMetadata().getNamespace(), disk.persistentVolumeClaim()))
                .toList();
    }

    /** Who has them, as the lock on disks knows it: one who reads. */
    static Pod heldBy(Checkpoint checkpoint) {
        List<Volume> volumes = disks(checkpoint).stream()
                .map(disk -> new VolumeBuilder()
                        .withName(disk.name())
                        .withNewPersistentVolumeClaim(disk.persistentVolumeClaim(), true)
                        .build())
                .toList();
        return new PodBuilder()
                .withNewMetadata()
                .withName(checkpoint.getMetadata().getName())
                .withNamespace(checkpoint.getMetadata().getNamespace())
                .withUid(checkpoint.getMetadata().getUid())
                .withOwnerReferences(Owners.controller(checkpoint))
                .endMetadata()
                .withNewSpec()
                .withVolumes(volumes)
                .endSpec()
                .build();
    }

    private static List<CheckpointDisk> disks(Checkpoint checkpoint) {
        boolean quiet = CheckpointDecision.isUnderWay(checkpoint)
                && checkpoint.getStatus().machinePodUid() == null
                && checkpoint.getMetadata().getDeletionTimestamp() == null;
        return quiet ? CheckpointDecision.disks(checkpoint.getStatus()) : List.of();
    }
}
