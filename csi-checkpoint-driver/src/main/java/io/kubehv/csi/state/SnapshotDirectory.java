package io.kubehv.csi.state;

import java.nio.file.Path;

/**
 * The files of one snapshot, or of a group.
 *
 * <pre>
 * snapshots/ID/meta.json          what the snapshot is; there once the directory is
 * snapshots/ID/disk.img           its data
 * snapshots/GROUP/meta.json       what the group is
 * snapshots/GROUP/ID/             one of its members, as above
 * </pre>
 */
public record SnapshotDirectory(Path path) {
    /** The snapshot's or the group's metadata. */
    public Path metadata() {
        return path.resolve("meta.json");
    }

    /** The data of a snapshot. */
    public Path image() {
        return path.resolve("disk.img");
    }

    /** A group's member. */
    SnapshotDirectory member(SnapshotId id) {
        return new SnapshotDirectory(path.resolve(id.value()));
    }
}
