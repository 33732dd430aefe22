package io.kubehv.csi.controller;

import io.grpc.Context;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.ByteRange;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.state.AheadCopies;
import io.kubehv.csi.state.GroupId;
import io.kubehv.csi.state.GroupRecord;
import io.kubehv.csi.state.PoolId;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.SnapshotDraft;
import io.kubehv.csi.state.SnapshotId;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts and deletes snapshots. Each operation can be repeated, and killed at any point: a snapshot is there whole, or it
 * is not.
 */
public final class Snapshotter {
    private final String node;
    private final Pool pool;
    private final VolumeStore volumes;
    private final SnapshotStore snapshots;
    private final AheadCopies ahead;
    private final PoolCapacity capacity;
    private final PoolLocks locks;
    private final VolumeUse use;
    private final Clock clock;

    public Snapshotter(
            String node,
            Pool pool,
            VolumeStore volumes,
            SnapshotStore snapshots,
            AheadCopies ahead,
            PoolCapacity capacity,
            PoolLocks locks,
            VolumeUse use,
            Clock clock) {
        this.node = node;
        this.pool = pool;
        this.volumes = volumes;
        this.snapshots = snapshots;
        this.ahead = ahead;
        this.capacity = capacity;
        this.locks = locks;
        this.use = use;
        this.clock = clock;
    }

    /** The snapshot of that name: cut now, or found if it is of the same volume. */
    SnapshotRecord cut(String name, String sourceName) throws IOException {
        SnapshotId id = SnapshotId.of(node, name);
        try (Locks held = new Locks()) {
            held.exclusively(id);
            Optional<SnapshotRecord> present = snapshots.find(id);
            if (present.isPresent()) {
                if (!present.get().source().value().equals(sourceName)) {
                    throw new CsiException.AlreadyExists("snapshot " + name + " exists, of volume "
                            + present.get().source() + " and not of " + sourceName);
                }
                return present.get();
            }
            VolumeRecord source = held.shared(sourceName);
            SnapshotRecord planned = SnapshotRecord.of(source, id, name, now(), null);
            try (PoolCapacity.Reservation _ = reserve(List.of(source));
                    SnapshotDraft draft = snapshots.draft(planned)) {
                return copy(draft, List.of(source), List.of(planned), Map.of()).getFirst();
            }
        }
    }

    /**
     * Begins to copy the volumes of a group that is to be cut soon, while they are written: what takes long of the cut is done
     * then. May be asked again, and forgotten.
     *
     * @param written by volume, all that was written to it since the last call began, as far as the caller knows
     * @return those that are copied; others are copied quickly
     */
    List<VolumeRecord> copyAhead(String name, List<String> sourceNames, Map<String, List<ByteRange>> written)
            throws IOException {
        GroupId id = GroupId.of(node, name);
        try (Locks held = new Locks()) {
            held.exclusively(id);
            if (pool.mode() != Pool.Mode.REFLINK || snapshots.find(id).isPresent()) {
                return List.of();
            }
            List<VolumeRecord> copied = new ArrayList<>();
            for (String sourceName : sourceNames) {
                VolumeRecord source = held.shared(sourceName);
                // What was written is in the file before it is copied.
                use.flush(source);
                if (ahead.prepare(
                        id,
                        source.id(),
                        volumes.directory(source.id()).image(),
                        writtenTo(source, written),
                        Snapshotter::requireCaller)) {
                    copied.add(source);
                }
            }
            return copied;
        }
    }

    /** A caller that went or whose time is up will cut without the copy, and must not wait for the end of it. */
    private static void requireCaller() {
        if (Context.current().isCancelled()) {
            throw new CsiException.Aborted("nobody waits for the copy ahead any more");
        }
    }

    /** Null where nobody knows: a VM's disk in a file system of a volume is not at the volume's places. */
    private static @Nullable List<ByteRange> writtenTo(VolumeRecord source, Map<String, List<ByteRange>> written) {
        return source.isPublishedAsFileSystem() ? null : written.get(source.id().value());
    }

    /**
     * The group of that name: all of its snapshots are cut at one instant, now, or found if of the same volumes.
     *
     * @param written as {@link #copyAhead}'s
     */
    GroupRecord cutGroup(String name, List<String> sourceNames, Map<String, List<ByteRange>> written)
            throws IOException {
        if (new HashSet<>(sourceNames).size() != sourceNames.size()) {
            throw new CsiException.InvalidRequest("source_volume_ids names a volume twice: " + sourceNames);
        }
        GroupId id = GroupId.of(node, name);
        try (Locks held = new Locks()) {
            held.exclusively(id);
            Optional<GroupRecord> present = snapshots.find(id);
            if (present.isPresent()) {
                List<String> had =
                        present.get().sources().stream().map(VolumeId::value).toList();
                if (!new HashSet<>(had).equals(new HashSet<>(sourceNames))) {
                    throw new CsiException.AlreadyExists(
                            "group " + name + " exists, of volumes " + had + " and not of " + sourceNames);
                }
                return present.get();
            }
            List<VolumeRecord> sources = new ArrayList<>();
            for (String sourceName : sourceNames) {
                sources.add(held.shared(sourceName));
            }
            return cutGroup(id, name, sources, written);
        }
    }

    private GroupRecord cutGroup(
            GroupId id, String name, List<VolumeRecord> sources, Map<String, List<ByteRange>> written)
            throws IOException {
        String now = now();
        GroupRecord group =
                new GroupRecord(id, name, sources.stream().map(VolumeRecord::id).toList(), now);
        List<SnapshotRecord> planned = sources.stream()
                .map(source -> SnapshotRecord.of(source, SnapshotId.inGroup(id, source.id()), name, now, id))
                .toList();
        try (PoolCapacity.Reservation _ = reserve(sources);
                SnapshotDraft draft = snapshots.draft(group, planned)) {
            List<SnapshotRecord> done = copy(draft, sources, planned, written);
            return group.cutAt(done.getFirst().createdAt());
        } finally {
            ahead.discard(id);
        }
    }

    /** With all writers waiting that the driver can make wait: the cuts are one instant to them. */
    private List<SnapshotRecord> copy(
            SnapshotDraft draft,
            List<VolumeRecord> sources,
            List<SnapshotRecord> planned,
            Map<String, List<ByteRange>> written)
            throws IOException {
        String moment;
        try (QuietVolumes quiet = new QuietVolumes(use)) {
            for (VolumeRecord source : sources) {
                quiet.add(source);
            }
            moment = now();
            for (int i = 0; i < sources.size(); i++) {
                VolumeRecord source = sources.get(i);
                copy(source, planned.get(i), draft.image(planned.get(i)), writtenTo(source, written));
            }
        }
        return draft.commit(moment);
    }

    private void copy(VolumeRecord source, SnapshotRecord planned, Path target, @Nullable List<ByteRange> written)
            throws IOException {
        GroupId group = planned.group();
        if (group != null && ahead.take(group, source.id(), target, written)) {
            SparseFile.resize(target, planned.sizeBytes());
        } else {
            ImageCopy.make(volumes.directory(source.id()).image(), target, planned.sizeBytes(), pool.mode());
        }
    }

    private String now() {
        return clock.instant().toString();
    }

    private PoolCapacity.Reservation reserve(List<VolumeRecord> sources) throws IOException {
        List<Path> images = new ArrayList<>();
        for (VolumeRecord source : sources) {
            ImageCopy.requireUnused(source, use, pool.mode());
            images.add(volumes.directory(source.id()).image());
        }
        return capacity.reserveCopies(images);
    }

    /** Deletes a snapshot; fine where it is not there. */
    void delete(SnapshotId id) throws IOException {
        try (PoolLocks.Held _ = locks.exclusively(id)) {
            snapshots.delete(id);
        }
    }

    /**
     * Deletes a group with all that is left of it; fine where it is not there.
     *
     * @param expected the snapshots that the caller takes for the group's; a group that has others stays
     */
    void deleteGroup(GroupId id, List<String> expected) throws IOException {
        try (Locks held = new Locks()) {
            held.exclusively(id);
            ahead.discard(id);
            Optional<GroupRecord> group = snapshots.find(id);
            if (group.isEmpty()) {
                return;
            }
            List<SnapshotRecord> members = snapshots.membersOf(group.get());
            requireAll(id, members, expected);
            for (SnapshotRecord member : members) {
                held.exclusively(member.id());
            }
            snapshots.delete(id);
        }
    }

    private void requireAll(GroupId id, List<SnapshotRecord> members, List<String> expected) {
        List<String> present =
                members.stream().map(member -> member.id().value()).toList();
        // What was deleted alone before may still be named.
        List<String> named = expected.stream()
                .filter(name -> SnapshotId.parse(name).flatMap(snapshots::find).isPresent())
                .toList();
        if (!expected.isEmpty() && !new HashSet<>(present).equals(new HashSet<>(named))) {
            throw new CsiException.InvalidRequest(
                    "group " + id + " has the snapshots " + present + ", and snapshot_ids names " + expected);
        }
    }

    /** All that one call holds. */
    private final class Locks implements AutoCloseable {
        private final List<PoolLocks.Held> all = new ArrayList<>();

        void exclusively(PoolId id) {
            all.add(locks.exclusively(id));
        }

        /** A volume that nobody deletes, grows or stages meanwhile. */
        VolumeRecord shared(String name) {
            VolumeId id = require(name).id();
            all.add(locks.shared(id));
            // Read again: it may have been deleted or grown before we had the lock.
            return require(name);
        }

        private VolumeRecord require(String name) {
            return VolumeId.parse(name)
                    .flatMap(volumes::find)
                    .orElseThrow(() -> new CsiException.NotFound("volume " + name + " is not on node " + node));
        }

        @Override
        public void close() {
            all.reversed().forEach(PoolLocks.Held::close);
        }
    }
}
