package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointDisk;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The volumes that a checkpoint is to keep a state of.
 *
 * @param disks in the order of the VM's disks
 * @param nodeName where they are; null: nowhere yet
 * @param problem why they can't be kept, and what to do; null: they can
 */
record CheckpointVolumes(
        List<CheckpointDisk> disks,
        @Nullable String nodeName,
        @Nullable String problem) {
    static final CheckpointVolumes NOT_ASKED = new CheckpointVolumes(List.of(), null, null);

    CheckpointVolumes {
        disks = List.copyOf(disks);
    }

    static CheckpointVolumes refused(String problem) {
        return new CheckpointVolumes(List.of(), null, problem);
    }
}
