package io.kubehv.csi.node;

import io.kubehv.csi.controller.CapacityRanges;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevice;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.proto.CapacityRange;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Grows a volume while it is used. The promise is written first and everything else follows it, so that an expansion
 * that was cut off goes on when it is asked for again, or when the volume is staged next.
 */
final class VolumeExpander {
    private final VolumeStore store;
    private final VolumeMounts mounts;
    private final PoolCapacity capacity;

    VolumeExpander(VolumeStore store, VolumeMounts mounts, PoolCapacity capacity) {
        this.store = store;
        this.mounts = mounts;
        this.capacity = capacity;
    }

    /** Grows the volume to what the range asks for; returns its size. A volume that is big enough stays as it is. */
    long expand(VolumeRecord volume, CapacityRange range) throws IOException {
        // Without a wish the volume is to fill what it has: that finishes an expansion that was cut off.
        long wanted = range.getRequiredBytes() == 0 && range.getLimitBytes() == 0
                ? volume.sizeBytes()
                : CapacityRanges.choose(range, volume.sizeBytes());
        VolumeRecord promised = volume;
        if (wanted > volume.sizeBytes()) {
            try (PoolCapacity.Reservation _ = capacity.reserve(wanted - volume.sizeBytes())) {
                promised = volume.withSize(wanted);
                store.update(promised);
            }
        }
        follow(promised);
        return promised.sizeBytes();
    }

    private void follow(VolumeRecord volume) throws IOException {
        Path image = store.directory(volume.id()).image();
        if (FileStatus.of(image).size() < volume.sizeBytes()) {
            SparseFile.resize(image, volume.sizeBytes());
        }
        Optional<LoopDevice> device = volume.isPublishedAsFile() ? Optional.empty() : mounts.deviceOf(volume);
        if (device.isEmpty()) {
            return;
        }
        LoopDevices.refreshSize(device.get());
        if (volume.isPublishedAsFileSystem()) {
            List<MountPoint> places = mounts.of(volume);
            if (places.isEmpty()) {
                throw new CsiException.FailedPrecondition(volume.id() + " is mounted where the driver can't see it");
            }
            FileSystemType type = Objects.requireNonNull(volume.fileSystemType());
            type.grow(device.get(), places.getFirst().target());
        }
    }
}
