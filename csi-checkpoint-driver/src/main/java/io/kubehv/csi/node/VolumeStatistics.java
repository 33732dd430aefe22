package io.kubehv.csi.node;

import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemSpace;
import io.kubehv.csi.proto.NodeGetVolumeStatsResponse;
import io.kubehv.csi.proto.VolumeUsage;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;

/** How full a volume is: the file system's own figures, or for a raw disk the blocks that were ever written. */
final class VolumeStatistics {
    private VolumeStatistics() {}

    static NodeGetVolumeStatsResponse of(VolumeRecord volume, Path path, VolumeStore store) throws IOException {
        return volume.isPublishedAsFileSystem()
                ? ofFileSystem(FileSystemSpace.of(path))
                : ofDisk(
                        volume.sizeBytes(),
                        FileStatus.of(store.directory(volume.id()).image()).allocatedBytes());
    }

    private static NodeGetVolumeStatsResponse ofFileSystem(FileSystemSpace space) {
        return NodeGetVolumeStatsResponse.newBuilder()
                .addUsage(usage(VolumeUsage.Unit.BYTES, space.totalBytes(), space.usedBytes(), space.availableBytes()))
                .addUsage(usage(VolumeUsage.Unit.INODES, space.totalInodes(), space.usedInodes(), space.freeInodes()))
                .build();
    }

    private static NodeGetVolumeStatsResponse ofDisk(long size, long allocated) {
        long used = Math.min(size, allocated);
        return NodeGetVolumeStatsResponse.newBuilder()
                .addUsage(usage(VolumeUsage.Unit.BYTES, size, used, size - used))
                .build();
    }

    private static VolumeUsage usage(VolumeUsage.Unit unit, long total, long used, long available) {
        return VolumeUsage.newBuilder()
                .setUnit(unit)
                .setTotal(total)
                .setUsed(used)
                .setAvailable(available)
                .build();
    }
}
