package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;

/** What an attempt may have left with the driver whose outcome nobody knows. */
public final class Remains {
    private Remains() {}

    /**
     * Removes it. Only the name is known, so it is asked for under that name once more, which makes it if it is not there.
     *
     * @throws io.kubehv.vmbus.fault.CheckpointException when the driver can't: then something may be left
     */
    public static void remove(VolumeSnapshots volumes, CheckpointOrder order) {
        if (order.volumes().isEmpty()) {
            return;
        }
        Cut cut = volumes.cut(order.cutName(), order.volumes(), VolumeSnapshots.UNHURRIED);
        volumes.delete(
                cut.handle(),
                cut.snapshots().stream().map(Snapshot::snapshotHandle).toList());
    }
}
