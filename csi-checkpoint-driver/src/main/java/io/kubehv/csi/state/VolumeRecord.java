package io.kubehv.csi.state;

import io.kubehv.csi.linux.FileSystemType;
import java.util.ArrayList;
import java.util.List;
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
 * @param snapshot the snapshot that this one was made of
 * @param reverts the last times that it was given a snapshot's data in place of its own, the latest last
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
        Map<String, String> claim,
        @Nullable SnapshotId snapshot,
        List<Revert> reverts) {
    /** More than a volume has snapshots: a caller that repeats itself does so before so many others. */
    private static final int REVERTS_KEPT = 64;

    public VolumeRecord {
        // A record of a driver that knew no claims, or no reverts, has none.
        claim = Map.copyOf(Optional.ofNullable(claim).orElse(Map.of()));
        reverts = List.copyOf(Optional.ofNullable(reverts).orElse(List.of()));
    }

    /**
     * That a volume's data was replaced.
     *
     * @param token the caller's name for this one time: what has the same token is the same request again
     */
    public record Revert(String token, SnapshotId snapshot) {}

    /** The same volume with another size. */
    public VolumeRecord withSize(long bytes) {
        return with(bytes, reverts);
    }

    /** The same volume with a snapshot's data. */
    public VolumeRecord revertedBy(Revert revert) {
        List<Revert> all = new ArrayList<>(reverts);
        all.add(revert);
        return with(sizeBytes, all.subList(Math.max(0, all.size() - REVERTS_KEPT), all.size()));
    }

    private VolumeRecord with(long bytes, List<Revert> newReverts) {
        return new VolumeRecord(
                id, name, bytes, contents, accessType, fileSystemType, source, createdAt, claim, snapshot, newReverts);
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
