package io.kubehv.operator.virtualharddisk.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReferenceBuilder;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualharddisk.DiskSize;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Storage;
import java.util.Map;
import java.util.Objects;

/** The claim of a disk: it has the disk's name. */
public final class DiskClaim {
    private static final String FILLED_ANNOTATION = KubeHV.GROUP + "/filled";
    private static final String SOURCE_ANNOTATION = KubeHV.GROUP + "/filled-from";
    private static final String TRUE = "true";

    /** What a file system keeps for itself: a sixteenth covers ext4 and XFS, and their least sizes need some more. */
    private static final long FILE_SYSTEM_SHARE = 15;

    private static final long FILE_SYSTEM_LEAST = 32L << 20;

    private DiskClaim() {}

    /** A claim that an import fills, or nobody. */
    public static PersistentVolumeClaim desired(VirtualHardDisk disk, Storage storage, OperatorSettings settings) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(disk.getMetadata().getName())
                .withNamespace(disk.getMetadata().getNamespace())
                .withLabels(disk.getMetadata().getLabels())
                .addToLabels(PodRoles.LABEL, PodRoles.DISK)
                .withOwnerReferences(Owners.controller(disk))
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withVolumeMode("Filesystem")
                .withStorageClassName(storage.storageClass())
                .withVolumeAttributesClassName(storage.ours() ? settings.diskVolumeAttributesClass() : null)
                .withNewResources()
                .addToRequests("storage", new Quantity(String.valueOf(request(disk, storage))))
                .endResources()
                .endSpec()
                .build();
    }

    /** A claim that the CSI driver makes as a copy of the parent's. */
    public static PersistentVolumeClaim clone(VirtualHardDisk disk, Storage storage, OperatorSettings settings) {
        String parent = Objects.requireNonNull(disk.getSpec().parent()).name();
        return new PersistentVolumeClaimBuilder(desired(disk, storage, settings))
                .editSpec()
                .withDataSource(new TypedLocalObjectReferenceBuilder()
                        .withKind("PersistentVolumeClaim")
                        .withName(parent)
                        .build())
                .endSpec()
                .build();
    }

    /** The size of the volume for the disk's file: our driver's is exactly the disk, others' lose some to a file system. */
    public static long request(VirtualHardDisk disk, Storage storage) {
        long size = DiskSize.bytes(disk.getSpec().size());
        return storage.ours() ? size : size + size / FILE_SYSTEM_SHARE + FILE_SYSTEM_LEAST;
    }

    /** An import filled it whole, or the driver did. */
    public static boolean isFilled(PersistentVolumeClaim claim) {
        return claim.getMetadata().getAnnotations() != null
                && TRUE.equals(claim.getMetadata().getAnnotations().get(FILLED_ANNOTATION));
    }

    /** Whether it is known to have been filled from something else. */
    public static boolean isFilledFromOther(PersistentVolumeClaim claim, String source) {
        Map<String, String> annotations = claim.getMetadata().getAnnotations();
        return annotations != null && !source.equals(annotations.getOrDefault(SOURCE_ANNOTATION, source));
    }

    /** What marks a claim as filled, and from what. */
    public static String filledPatch(PersistentVolumeClaim claim, String source) {
        return "{\"metadata\":{\"uid\":\"%s\",\"annotations\":{\"%s\":\"true\",\"%s\":\"%s\"}}}"
                .formatted(claim.getMetadata().getUid(), FILLED_ANNOTATION, SOURCE_ANNOTATION, source);
    }
}
