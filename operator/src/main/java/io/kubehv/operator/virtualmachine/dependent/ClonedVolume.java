package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReferenceBuilder;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The claim of a volume of a VM that is made from a checkpoint: a copy of the checkpoint's, which goes with the VM. */
public final class ClonedVolume {
    private static final String SNAPSHOT = "VolumeSnapshot";

    /**
     * A copy has to be on its source's node, and the scheduler does not look at sources. Told the node, the volume is made
     * without anybody who mounts it; then it is the volume that the scheduler follows.
     */
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private ClonedVolume() {}

    public static PersistentVolumeClaim desired(
            VirtualMachine machine, CheckpointOrigin origin, OriginDisk part, String name) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(
                        KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid())
                .addToAnnotations(SELECTED_NODE, origin.nodeName())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(part.storageClassName())
                .withVolumeMode(part.volumeMode())
                .withVolumeAttributesClassName(part.volumeAttributesClassName())
                .withNewResources()
                .addToRequests("storage", new Quantity(String.valueOf(part.size())))
                .endResources()
                .withDataSource(new TypedLocalObjectReferenceBuilder()
                        .withApiGroup("snapshot.storage.k8s.io")
                        .withKind(SNAPSHOT)
                        .withName(part.volumeSnapshot())
                        .build())
                .endSpec()
                .build();
    }

    /** Whether the claim is told its node. */
    public static boolean isPlaced(PersistentVolumeClaim claim) {
        return claim.getMetadata().getAnnotations() != null
                && claim.getMetadata().getAnnotations().containsKey(SELECTED_NODE);
    }

    /** What tells a claim its node. */
    public static String placement(PersistentVolumeClaim claim, CheckpointOrigin origin) {
        return "{\"metadata\":{\"uid\":\"%s\",\"annotations\":{\"%s\":\"%s\"}}}"
                .formatted(claim.getMetadata().getUid(), SELECTED_NODE, origin.nodeName());
    }

    /** Whether a claim is such a copy, and not one that was made empty. */
    public static boolean is(@Nullable PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim)
                .map(found -> found.getSpec().getDataSource())
                .filter(source -> SNAPSHOT.equals(source.getKind()))
                .isPresent();
    }
}
