package io.kubehv.csi.state;

import io.kubehv.csi.linux.FileSystemType;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot's metadata, as it is kept in its {@code meta.json}. It has all that a volume needs that is made of the
 * snapshot, as the snapshot's own volume may be gone by then. Fields are only ever added.
 *
 * @param name the name that the snapshot, or its group, was asked for by
 * @param source the volume that it is of
 * @param sizeBytes the volume's size at the cut; the file is exactly so long
 * @param contents what the volume's {@code disk.img} was to pods
 * @param fileSystemType what the driver had formatted the volume with; null where its content is not ours
 * @param createdAt the cut's moment, an instant in ISO 8601
 * @param group the group that it was cut with; null for one that was cut alone
 */
public record SnapshotRecord(
        SnapshotId id,
        String name,
        VolumeId source,
        long sizeBytes,
        Contents contents,
        AccessType accessType,
        @Nullable FileSystemType fileSystemType,
        String createdAt,
        @Nullable GroupId group) {

    /** A snapshot of a volume as it is now. */
    public static SnapshotRecord of(
            VolumeRecord volume, SnapshotId id, String name, String createdAt, @Nullable GroupId group) {
        return new SnapshotRecord(
                id,
                name,
                volume.id(),
                volume.sizeBytes(),
                volume.contents(),
                volume.accessType(),
                volume.fileSystemType(),
                createdAt,
                group);
    }

    /** Whether the volume was given to pods as a file system that the driver made. */
    public boolean isOfFileSystem() {
        return accessType == AccessType.MOUNT && contents == Contents.FILESYSTEM;
    }

    /** The same snapshot with another moment. */
    public SnapshotRecord cutAt(String instant) {
        return new SnapshotRecord(id, name, source, sizeBytes, contents, accessType, fileSystemType, instant, group);
    }
}
