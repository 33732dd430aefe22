package io.kubehv.csi.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A snapshot's handle. It follows from the node and the name that the snapshot was asked for by; a group's members get
 * theirs from the group's name and their volume.
 */
public record SnapshotId(@JsonValue String value) implements PoolId, Comparable<SnapshotId> {
    private static final String PREFIX = "snap-";
    private static final Pattern FORM = HandleHash.form(PREFIX);

    @JsonCreator
    public SnapshotId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a snapshot id: " + value);
        }
    }

    /** The id of the snapshot that the node makes for that name. */
    public static SnapshotId of(String node, String name) {
        return new SnapshotId(PREFIX + HandleHash.of(node, name));
    }

    /** The id of the volume's snapshot in a group. */
    public static SnapshotId inGroup(GroupId group, VolumeId volume) {
        return new SnapshotId(PREFIX + HandleHash.of(group.value(), volume.value()));
    }

    /** The id in a request; empty if it can't be one of ours. */
    public static Optional<SnapshotId> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new SnapshotId(text)) : Optional.empty();
    }

    @Override
    public int compareTo(SnapshotId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
