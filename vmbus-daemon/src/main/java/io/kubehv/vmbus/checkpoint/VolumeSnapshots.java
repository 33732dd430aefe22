package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.hv.checkpoint.WrittenRange;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
     * disks in many pieces. The cut is the same without it.
     *
     * @param written by volume, all that was written to it since the last call under that name began; of volumes that are not
     *     in it the driver finds out what was
     * @return the volumes that are copied ahead
     */
    Collection<String> ahead(String name, List<String> volumes, Map<String, List<WrittenRange>> written);

    /**
     * Keeps the states of the volumes; under a name that was used, the states that were kept under it.
     *
     * @param written as {@link #ahead}'s
     */
    Cut cut(String name, List<String> volumes, Map<String, List<WrittenRange>> written, Duration limit);

    /** The same of volumes of which nothing was copied ahead, or nobody knows what was written since. */
    default Cut cut(String name, List<String> volumes, Duration limit) {
        return cut(name, volumes, Map.of(), limit);
    }

    /** Deletes what was kept. */
    void delete(String handle, List<String> snapshots);

    /** Makes a volume that is nobody's at present what it was; once a token, however often it is asked. */
    void revert(String volume, String snapshot, String token);
}
