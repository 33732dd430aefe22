package io.kubehv.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.status.StatusApply;
import java.util.Arrays;

/** Plays the CSI driver of one node, and the daemon there that takes checkpoints of VMs that are off. */
final class PlayedStorage {
    static final String NODE = "worker";

    private final KubernetesClient client;
    private final String namespace;

    PlayedStorage(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    PersistentVolumeClaim claim(String name) {
        return client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    /** Gives a claim a volume. */
    void bind(String name) {
        bind(name, KubeHV.CSI_DRIVER);
    }

    /** Gives a claim a volume of a driver. */
    void bind(String name, String driver) {
        String volume = namespace + "-" + name;
        client.resource(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName(volume)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteOnce")
                        .addToCapacity("storage", new Quantity("64Mi"))
                        .withNewCsi()
                        .withDriver(driver)
                        .withVolumeHandle(handle(name))
                        .endCsi()
                        .withNewNodeAffinity()
                        .withNewRequired()
                        .addNewNodeSelectorTerm()
                        .addNewMatchExpression()
                        .withKey("topology.kubehv.io/node")
                        .withOperator("In")
                        .withValues(NODE)
                        .endMatchExpression()
                        .endNodeSelectorTerm()
                        .endRequired()
                        .endNodeAffinity()
                        .endSpec()
                        .build())
                .create();
        PatchContext merge = PatchContext.of(PatchType.JSON_MERGE);
        client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(name)
                .patch(merge, "{\"spec\": {\"volumeName\": \"%s\"}}".formatted(volume));
        client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(name)
                .subresource("status")
                .patch(merge, "{\"status\": {\"phase\": \"Bound\"}}");
    }

    private static String handle(String claim) {
        return NODE + "/" + claim;
    }

    /** The daemon's word that a checkpoint of these claims is whole. */
    void taken(Checkpoint checkpoint, String... claims) {
        tell(
                checkpoint,
                new CheckpointCapture(
                        Stage.COMPLETE,
                        checkpoint.getStatus().type(),
                        null,
                        null,
                        "2026-01-01T00:00:00Z",
                        null,
                        null,
                        "1.0ms",
                        null,
                        null,
                        "group",
                        Arrays.stream(claims)
                                .map(claim -> new Snapshot(handle(claim), "snapshot-of-" + claim, 1L << 26))
                                .toList(),
                        null));
    }

    /** The daemon's word that nothing of a checkpoint is left. */
    void deleted(Checkpoint checkpoint) {
        tell(checkpoint, checkpoint.getStatus().capture().at(Stage.DELETED));
    }

    /** The daemon's word of a checkpoint. */
    void tell(Checkpoint checkpoint, CheckpointCapture capture) {
        Checkpoint statusOnly = new Checkpoint();
        statusOnly.setMetadata(StatusApply.to(checkpoint));
        statusOnly.setStatus(new CheckpointStatus(
                null, null, null, null, null, null, null, null, null, null, null, capture, null, null));
        try (KubernetesClient daemon = ApiServer.get().daemon("vmbus-daemon", NODE)) {
            StatusApply.store(daemon, statusOnly, KubeHV.DAEMON_FIELD_MANAGER);
        }
    }
}
