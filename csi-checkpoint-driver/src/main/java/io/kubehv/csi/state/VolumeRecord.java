package io.kubehv.csi.state;

import io.kubehv.csi.linux.FileSystemType;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A volume's metadata, as it is kept in {@code meta.json}. Fields are only ever added: a newer driver reads what an
 * older one wrote.
 *
 * @param name the name that the volume was asked for by
 * @param sizeBytes the size that is promised; the file follows it
 * @param fileSystemType what {@code disk.img} was formatted with; null where its content is not ours
 * @param source the volume that this one was cloned from
 * @param createdAt an instant in ISO 8601
 * @param claim the claim's name and namespace as the provisioner told them, for people who look at a node
 */
public record VolumeRecord(
        VolumeId id,
        String name,
        long sizeBytes,
        Contents contents,
        AccessType accessType,
        @Nullable FileSystemType fileSystemType,
        @Nullable VolumeId source,
        String createdAt,
        Map<String, String> claim) {

    public VolumeRecord {
        // A record of a driver that knew no claims has none.
        claim = Map.copyOf(Optional.ofNullable(claim).orElse(Map.of()));
    }

    /** The same volume with another size. */
    public VolumeRecord withSize(long bytes) {
        return new VolumeRecord(id, name, bytes, contents, accessType, fileSystemType, source, createdAt, claim);
    }

    /** Whether pods get the directory with {@code disk.img} in it. */
    public boolean isPublishedAsFile() {
        return accessType == AccessType.MOUNT && contents == Contents.DISK;
    }

    /** Whether pods get a file system that the driver made. */
    public boolean isPublishedAsFileSystem() {
        return accessType == AccessType.MOUNT && contents == Contents.FILESYSTEM;
    }
}
