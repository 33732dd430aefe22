package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the node's CSI driver does with the states of volumes. Each call may be made twice.
 *
 * <p>Each method throws {@link io.kubehv.vmbus.fault.CheckpointException} when the driver refuses or does not answer; whether
 * it was done is unknown in the second case.
 */
public interface VolumeSnapshots {
    /** How long the driver may take where no guest waits for it. */
    Duration UNHURRIED = Duration.ofMinutes(1);

    /**
     * The states of volumes at one instant.
     *
     * @param handle the driver's, of all together; null: it has none of them
     */
    record Cut(@Nullable String handle, List<Snapshot> snapshots) {
        /** Copies the list. */
        public Cut {
            snapshots = List.copyOf(snapshots);
        }
    }

    /**
     * Has the driver do ahead what it can of a cut under that name, while the volumes are written: what takes long of it, for
     * disks in many pieces. The cut is the same without it, and no failure of it is told.
     */
    void ahead(String name, List<String> volumes);

    /** Keeps the states of the volumes; under a name that was used, the states that were kept under it. */
    Cut cut(String name, List<String> volumes, Duration limit);

    /** Deletes what was kept. */
    void delete(String handle, List<String> snapshots);

    /** Makes a volume that is nobody's at present what it was; once a token, however often it is asked. */
    void revert(String volume, String snapshot, String token);
}
