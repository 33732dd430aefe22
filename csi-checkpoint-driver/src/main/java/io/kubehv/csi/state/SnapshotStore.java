package io.kubehv.csi.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of this node. One is a file of its own, which needs neither its volume nor its siblings. It is made in
 * {@code cutting/}, and exists from the moment it is renamed to {@code snapshots/}; a group is a directory of them and
 * comes by one rename as well, so all of its members exist or none. Deleting is a rename to {@code deleting/}.
 *
 * <p>Reads come from memory, writes go to the disk first. Callers hold the snapshot's or the group's lock for writes.
 */
public final class SnapshotStore {
    private static final Logger LOG = Logger.getLogger(SnapshotStore.class.getName());

    private final SnapshotStep.Observer observer;
    private final PoolFolder snapshots;
    private final PoolFolder cutting;
    private final PoolFolder deleting;
    private final NavigableMap<SnapshotId, SnapshotRecord> records = new ConcurrentSkipListMap<>();
    private final Map<GroupId, GroupRecord> groups = new ConcurrentHashMap<>();

    /** Is told of the volumes of which a snapshot was being cut when an earlier process ended. */
    public interface Interrupted {
        void cutting(Collection<VolumeId> sources) throws IOException;
    }

    private SnapshotStore(Path root, SnapshotStep.Observer observer) {
        this.observer = observer;
        this.snapshots = new PoolFolder(root.resolve("snapshots"));
        this.cutting = new PoolFolder(root.resolve("cutting"));
        this.deleting = new PoolFolder(root.resolve("deleting"));
    }

    /** Opens the store in the pool's directory, and sweeps away what an interrupted call left. */
    public static SnapshotStore open(Path root, Interrupted interrupted) throws IOException {
        return open(root, interrupted, step -> {});
    }

    /** As {@link #open(Path, Interrupted)}, with someone who is told how far each snapshot has come. */
    static SnapshotStore open(Path root, Interrupted interrupted, SnapshotStep.Observer observer) throws IOException {
        SnapshotStore store = new SnapshotStore(root, observer);
        for (PoolFolder folder : List.of(store.snapshots, store.cutting, store.deleting)) {
            folder.makePrivate();
        }
        Set<VolumeId> sources = new HashSet<>();
        for (Path draft : store.cutting.entries()) {
            sources.addAll(sourcesOf(new SnapshotDirectory(draft)));
        }
        if (!sources.isEmpty()) {
            interrupted.cutting(sources);
        }
        store.cutting.sweep();
        store.deleting.sweep();
        for (Path directory : store.snapshots.entries()) {
            store.load(new SnapshotDirectory(directory));
        }
        return store;
    }

    private static Collection<VolumeId> sourcesOf(SnapshotDirectory draft) throws IOException {
        if (GroupId.parse(nameOf(draft)).isPresent()) {
            return read(draft, GroupRecord.class).map(GroupRecord::sources).orElse(List.of());
        }
        return read(draft, SnapshotRecord.class).map(SnapshotRecord::source).stream()
                .toList();
    }

    private void load(SnapshotDirectory directory) throws IOException {
        if (SnapshotId.parse(nameOf(directory)).isPresent()) {
            read(directory, SnapshotRecord.class).ifPresent(snapshot -> records.put(snapshot.id(), snapshot));
            return;
        }
        if (GroupId.parse(nameOf(directory)).isEmpty()) {
            LOG.log(Level.WARNING, "{0} is no snapshot; it is left alone", directory.path());
            return;
        }
        Optional<GroupRecord> group = read(directory, GroupRecord.class);
        if (group.isEmpty()) {
            return;
        }
        List<SnapshotId> members = members(group.get()).stream()
                .filter(id -> Files.exists(directory.member(id).path()))
                .toList();
        if (members.isEmpty()) {
            // The last member was deleted, and the group's own end was cut off.
            PoolFolder.deleteTree(directory.path());
            return;
        }
        for (SnapshotId id : members) {
            read(directory.member(id), SnapshotRecord.class).ifPresent(snapshot -> records.put(id, snapshot));
        }
        groups.put(group.get().id(), group.get());
    }

    private static String nameOf(SnapshotDirectory directory) {
        return directory.path().getFileName().toString();
    }

    private static <T> Optional<T> read(SnapshotDirectory directory, Class<T> type) throws IOException {
        return RecordFiles.read(directory.metadata(), type);
    }

    /** The snapshot of that id, if it is here. */
    public Optional<SnapshotRecord> find(SnapshotId id) {
        return Optional.ofNullable(records.get(id));
    }

    /** The group of that id, if it is here. */
    public Optional<GroupRecord> find(GroupId id) {
        return Optional.ofNullable(groups.get(id));
    }

    /** All snapshots, by id. */
    public List<SnapshotRecord> list() {
        return List.copyOf(records.values());
    }

    /** The group's snapshots that have not been deleted, in the order of their volumes in the request. */
    public List<SnapshotRecord> membersOf(GroupRecord group) {
        return members(group).stream()
                .map(records::get)
                .filter(member -> member != null)
                .toList();
    }

    private static List<SnapshotId> members(GroupRecord group) {
        return group.sources().stream()
                .map(source -> SnapshotId.inGroup(group.id(), source))
                .toList();
    }

    /** Where the snapshot's files are. */
    public SnapshotDirectory directory(SnapshotRecord snapshot) {
        GroupId group = snapshot.group();
        return group == null
                ? new SnapshotDirectory(snapshots.entry(snapshot.id()))
                : new SnapshotDirectory(snapshots.entry(group)).member(snapshot.id());
    }

    /** Begins a snapshot. */
    public SnapshotDraft draft(SnapshotRecord snapshot) throws IOException {
        return draft(snapshot.id(), null, List.of(snapshot));
    }

    /** Begins a group of snapshots. */
    public SnapshotDraft draft(GroupRecord group, List<SnapshotRecord> members) throws IOException {
        return draft(group.id(), group, members);
    }

    private SnapshotDraft draft(PoolId id, @Nullable GroupRecord group, List<SnapshotRecord> members)
            throws IOException {
        SnapshotDraft draft = new SnapshotDraft(
                this, observer, new SnapshotDirectory(cutting.clear(id)), group, List.copyOf(members));
        boolean planned = false;
        try {
            draft.plan();
            planned = true;
            return draft;
        } finally {
            if (!planned) {
                draft.close();
            }
        }
    }

    /** Ends the making of a snapshot, or of a group. */
    void settle(SnapshotDirectory draft, @Nullable GroupRecord group, List<SnapshotRecord> members) throws IOException {
        PoolId id = group == null ? members.getFirst().id() : group.id();
        snapshots.settle(draft.path(), id, () -> observer.reached(SnapshotStep.RENAMED), deleting);
        members.forEach(member -> records.put(member.id(), member));
        if (group != null) {
            groups.put(group.id(), group);
        }
    }

    /** Removes a snapshot; its group too, where it was the last of it. Fine where it is not there. */
    public void delete(SnapshotId id) throws IOException {
        Optional<Path> grave = unlink(id);
        if (grave.isPresent()) {
            PoolFolder.deleteTree(grave.get());
        }
    }

    /** One at a time: two that delete the last two members of a group would both leave the group to the other. */
    private synchronized Optional<Path> unlink(SnapshotId id) throws IOException {
        SnapshotRecord snapshot = records.get(id);
        if (snapshot == null) {
            return Optional.empty();
        }
        Optional<GroupRecord> group = Optional.ofNullable(snapshot.group()).flatMap(this::find);
        if (group.isPresent() && membersOf(group.get()).size() == 1) {
            return Optional.of(unlink(group.get()));
        }
        Path grave = deleting.clear(id);
        DurableFiles.rename(directory(snapshot).path(), grave);
        records.remove(id);
        return Optional.of(grave);
    }

    /** Removes a group with the snapshots that are left of it. Fine where it is not there. */
    public void delete(GroupId id) throws IOException {
        Optional<GroupRecord> group = find(id);
        if (group.isPresent()) {
            PoolFolder.deleteTree(unlink(group.get()));
        }
    }

    private synchronized Path unlink(GroupRecord group) throws IOException {
        Path grave = deleting.clear(group.id());
        DurableFiles.rename(snapshots.entry(group.id()), grave);
        members(group).forEach(records::remove);
        groups.remove(group.id());
        return grave;
    }
}
