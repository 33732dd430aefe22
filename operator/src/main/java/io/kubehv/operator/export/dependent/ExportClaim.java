package io.kubehv.operator.export.dependent;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.TypedLocalObjectReferenceBuilder;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.Owners;

/** A claim whose volume is made of the snapshot of one disk, to be read from and removed. */
public final class ExportClaim {
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private ExportClaim() {}

    /** With the UID in it: nobody else has such a name. */
    public static String name(Export export, String disk) {
        return DerivedName.of("export-" + export.getMetadata().getUid(), disk);
    }

    /**
     * The claim.
     *
     * @param source the claim of the disk itself, of whose kind it is
     * @param nodeName where the snapshot is: the scheduler does not look at sources
     */
    public static PersistentVolumeClaim desired(
            Export export, CheckpointDisk disk, PersistentVolumeClaim source, String nodeName) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name(export, disk.name()))
                .withNamespace(export.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(export))
                .addToLabels(KubeHV.EXPORT_UID_LABEL, export.getMetadata().getUid())
                .addToAnnotations(SELECTED_NODE, nodeName)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withVolumeMode(source.getSpec().getVolumeMode())
                .withStorageClassName(source.getSpec().getStorageClassName())
                .withVolumeAttributesClassName(source.getSpec().getVolumeAttributesClassName())
                .withNewResources()
                .withRequests(source.getSpec().getResources().getRequests())
                .endResources()
                .withDataSource(new TypedLocalObjectReferenceBuilder()
                        .withApiGroup("snapshot.storage.k8s.io")
                        .withKind("VolumeSnapshot")
                        .withName(disk.volumeSnapshot())
                        .build())
                .endSpec()
                .build();
    }
}
