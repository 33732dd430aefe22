package io.kubehv.csi.state;

import java.util.List;

/**
 * A group's metadata: snapshots that were cut at one instant. Members can be deleted one by one; the group is there for
 * as long as one of them is.
 *
 * @param name the name that the group was asked for by
 * @param sources the volumes that were asked for, in order
 * @param createdAt the cut's moment, an instant in ISO 8601
 */
public record GroupRecord(GroupId id, String name, List<VolumeId> sources, String createdAt) {
    public GroupRecord {
        sources = List.copyOf(sources);
    }

    /** The same group with another moment. */
    public GroupRecord cutAt(String instant) {
        return new GroupRecord(id, name, sources, instant);
    }
}
