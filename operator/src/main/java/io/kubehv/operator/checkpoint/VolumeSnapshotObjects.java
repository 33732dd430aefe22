package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.Owners;
import java.util.Map;
import java.util.Objects;

/**
 * What ordinary tools see of a checkpoint: a VolumeSnapshot of each disk, bound to a content of a snapshot that is there
 * already. The contents are retained, as it is the node's daemon that deletes what the checkpoint keeps.
 * Of a disk of another CSI driver the VolumeSnapshot is what keeps the state, and its controllers make the content.
 */
final class VolumeSnapshotObjects {
    /** Named here, as a client that looks a kind up can't tell one that the cluster lacks from a server that is away. */
    static final ResourceDefinitionContext SNAPSHOTS = context("VolumeSnapshot", "volumesnapshots", true);

    static final ResourceDefinitionContext CONTENTS = context("VolumeSnapshotContent", "volumesnapshotcontents", false);

    static final ResourceDefinitionContext CLASSES = context("VolumeSnapshotClass", "volumesnapshotclasses", false);

    private static final String MANAGED_BY = "snapshot.storage.kubernetes.io/managed-by";

    private VolumeSnapshotObjects() {}

    private static ResourceDefinitionContext context(String kind, String plural, boolean namespaced) {
        return new ResourceDefinitionContext.Builder()
                .withGroup("snapshot.storage.k8s.io")
                .withVersion("v1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(namespaced)
                .build();
    }

    /** The name of the VolumeSnapshot of a disk. */
    static String name(Checkpoint checkpoint, String disk) {
        return DerivedName.of(checkpoint.getMetadata().getName(), disk);
    }

    /** The name of its content: unique in the cluster, and never that of another checkpoint of the same name. */
    static String contentName(Checkpoint checkpoint, String disk) {
        return DerivedName.of("checkpoint-" + checkpoint.getMetadata().getUid(), disk);
    }

    static GenericKubernetesResource content(Checkpoint checkpoint, CheckpointDisk disk, String nodeName) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(CONTENTS.getGroup() + "/" + CONTENTS.getVersion())
                .withKind(CONTENTS.getKind())
                .withNewMetadata()
                .withName(contentName(checkpoint, disk.name()))
                .addToLabels(
                        KubeHV.CHECKPOINT_UID_LABEL, checkpoint.getMetadata().getUid())
                // By which the sidecar of the node that has it knows it as its own.
                .addToLabels(MANAGED_BY, nodeName)
                .endMetadata()
                .addToAdditionalProperties(
                        "spec",
                        Map.of(
                                "deletionPolicy",
                                "Retain",
                                "driver",
                                KubeHV.CSI_DRIVER,
                                "source",
                                Map.of("snapshotHandle", Objects.requireNonNull(disk.snapshotHandle())),
                                "volumeSnapshotRef",
                                Map.of(
                                        "name",
                                        name(checkpoint, disk.name()),
                                        "namespace",
                                        checkpoint.getMetadata().getNamespace())))
                .build();
    }

    static GenericKubernetesResource snapshot(Checkpoint checkpoint, CheckpointDisk disk) {
        return snapshot(
                checkpoint,
                disk,
                Map.of("source", Map.of("volumeSnapshotContentName", contentName(checkpoint, disk.name()))));
    }

    /** By which the driver of the disk keeps its state. */
    static GenericKubernetesResource cut(Checkpoint checkpoint, CheckpointDisk disk) {
        return snapshot(
                checkpoint,
                disk,
                Map.of(
                        "volumeSnapshotClassName",
                        Objects.requireNonNull(disk.foreign()).volumeSnapshotClass(),
                        "source",
                        Map.of("persistentVolumeClaimName", disk.persistentVolumeClaim())));
    }

    private static GenericKubernetesResource snapshot(
            Checkpoint checkpoint, CheckpointDisk disk, Map<String, Object> spec) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(SNAPSHOTS.getGroup() + "/" + SNAPSHOTS.getVersion())
                .withKind(SNAPSHOTS.getKind())
                .withNewMetadata()
                .withName(name(checkpoint, disk.name()))
                .withNamespace(checkpoint.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(checkpoint))
                .addToLabels(
                        KubeHV.CHECKPOINT_UID_LABEL, checkpoint.getMetadata().getUid())
                .endMetadata()
                .addToAdditionalProperties("spec", spec)
                .build();
    }
}
