package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of a way back no driver of ours does.
 *
 * @param disks the checkpoint's disks of other CSI drivers
 * @param own the VM's claims of these, by the disks' names
 * @param staged the claims with what they are to become, by the disks' names; also such as are not the apply's own
 * @param memory whether the checkpoint's memory is in a volume of another driver, and is copied too
 * @param pod the pod that copies, if there is one
 * @param percent how far it is; null: not told
 */
record ObservedCopies(
        List<CheckpointDisk> disks,
        Map<String, PersistentVolumeClaim> own,
        Map<String, PersistentVolumeClaim> staged,
        boolean memory,
        @Nullable Pod pod,
        @Nullable Integer percent) {
    static final ObservedCopies NONE = new ObservedCopies(List.of(), Map.of(), Map.of(), false, null, null);

    ObservedCopies {
        disks = List.copyOf(disks);
        own = Map.copyOf(own);
        staged = Map.copyOf(staged);
    }

    boolean isNeeded() {
        return memory || !disks.isEmpty();
    }
}
