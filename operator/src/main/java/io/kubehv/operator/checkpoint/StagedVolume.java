package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReferenceBuilder;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.operator.Owners;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The claim of a volume that another CSI driver makes of a checkpoint's VolumeSnapshot: what the VM's own volume is to become.
 * It is the apply's, and goes when that is done.
 */
final class StagedVolume {
    /**
     * Told the node, the volume is made without anybody who mounts it: before the VM is turned off. The provisioner takes the
     * word back when it can't make it there.
     */
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private StagedVolume() {}

    static String name(CheckpointApply apply, String disk) {
        return DerivedName.of(apply.getMetadata().getName(), "copy-" + disk);
    }

    /** @param own the VM's own claim of the disk, which it is to be like */
    static PersistentVolumeClaim desired(
            CheckpointApply apply, CheckpointDisk disk, PersistentVolumeClaim own, String nodeName) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name(apply, disk.name()))
                .withNamespace(apply.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(apply))
                .addToAnnotations(SELECTED_NODE, nodeName)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(own.getSpec().getStorageClassName())
                .withVolumeMode(own.getSpec().getVolumeMode())
                .withVolumeAttributesClassName(own.getSpec().getVolumeAttributesClassName())
                .withNewResources()
                .addToRequests("storage", size(disk, own))
                .endResources()
                .withDataSource(new TypedLocalObjectReferenceBuilder()
                        .withApiGroup(VolumeSnapshotObjects.SNAPSHOTS.getGroup())
                        .withKind(VolumeSnapshotObjects.SNAPSHOTS.getKind())
                        .withName(Objects.requireNonNull(disk.volumeSnapshot()))
                        .build())
                .endSpec()
                .build();
    }

    /** As large as it was: the VM's own may have grown since. */
    private static Quantity size(CheckpointDisk disk, PersistentVolumeClaim own) {
        Long bytes = disk.foreign() == null ? null : disk.foreign().restoreSize();
        return bytes == null || bytes == 0
                ? Objects.requireNonNull(
                        own.getSpec().getResources().getRequests().get("storage"))
                : new Quantity(bytes.toString());
    }

    static boolean isBound(PersistentVolumeClaim claim) {
        return claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
    }

    /** Whether the claim is told its node. */
    static boolean isPlaced(PersistentVolumeClaim claim) {
        return claim.getMetadata().getAnnotations() != null
                && claim.getMetadata().getAnnotations().containsKey(SELECTED_NODE);
    }

    /** What tells a claim its node. */
    static String placement(PersistentVolumeClaim claim, @Nullable String nodeName) {
        return "{\"metadata\":{\"uid\":\"%s\",\"annotations\":{\"%s\":\"%s\"}}}"
                .formatted(claim.getMetadata().getUid(), SELECTED_NODE, nodeName);
    }
}
