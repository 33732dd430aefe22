package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.operator.Owners;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/**
 * Reads the VolumeSnapshots that other CSI drivers keep the disks of a checkpoint by. They are asked for by name, and not
 * watched: nearly no checkpoint has any, and those only for as long as they are taken.
 */
@ApplicationScoped
public class ForeignSnapshots {
    private final KubernetesClient client;

    public ForeignSnapshots(KubernetesClient client) {
        this.client = client;
    }

    /** Those of it that are there: one of that name may be somebody else's. */
    List<ForeignSnapshot> of(Checkpoint checkpoint) {
        return Foreign.disks(checkpoint).stream()
                .flatMap(disk -> find(checkpoint, disk).stream())
                .toList();
    }

    private Optional<ForeignSnapshot> find(Checkpoint checkpoint, CheckpointDisk disk) {
        try {
            GenericKubernetesResource found = client.genericKubernetesResources(VolumeSnapshotObjects.SNAPSHOTS)
                    .inNamespace(checkpoint.getMetadata().getNamespace())
                    .withName(VolumeSnapshotObjects.name(checkpoint, disk.name()))
                    .get();
            return Optional.ofNullable(found)
                    .filter(there -> Owners.owns(checkpoint, there))
                    .map(there -> ForeignSnapshot.of(disk.name(), there));
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
