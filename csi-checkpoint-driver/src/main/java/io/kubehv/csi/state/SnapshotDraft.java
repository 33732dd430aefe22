package io.kubehv.csi.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot, or a group of them, that is being made. The plan is written before anything is cut; what is committed is
 * there after a power cut, all members or none; closing takes away what was not committed.
 */
public final class SnapshotDraft implements AutoCloseable {
    private final SnapshotStore store;
    private final SnapshotStep.Observer observer;
    private final SnapshotDirectory draft;
    private final @Nullable GroupRecord group;
    private final List<SnapshotRecord> members;

    SnapshotDraft(
            SnapshotStore store,
            SnapshotStep.Observer observer,
            SnapshotDirectory draft,
            @Nullable GroupRecord group,
            List<SnapshotRecord> members) {
        this.store = store;
        this.observer = observer;
        this.draft = draft;
        this.group = group;
        this.members = members;
    }

    /** Writes what is to be made. It need not outlive a power cut: by that, whoever was frozen is thawed too. */
    void plan() throws IOException {
        Files.createDirectories(draft.path());
        if (group != null) {
            Files.write(draft.metadata(), RecordFiles.content(group));
        }
        for (SnapshotRecord member : members) {
            SnapshotDirectory files = directory(member);
            Files.createDirectories(files.path());
            Files.write(files.metadata(), RecordFiles.content(member));
        }
        observer.reached(SnapshotStep.PLANNED);
    }

    /** Where the data of a member is to be put. */
    public Path image(SnapshotRecord member) {
        return directory(member).image();
    }

    private SnapshotDirectory directory(SnapshotRecord member) {
        return group == null ? draft : draft.member(member.id());
    }

    /** Makes it all be there, with the moment of the cut; returns the members, in the order of the plan. */
    public List<SnapshotRecord> commit(String cutAt) throws IOException {
        List<SnapshotRecord> done =
                members.stream().map(member -> member.cutAt(cutAt)).toList();
        for (SnapshotRecord member : done) {
            SnapshotDirectory files = directory(member);
            DurableFiles.sync(files.image());
            DurableFiles.overwrite(files.metadata(), RecordFiles.content(member));
            DurableFiles.sync(files.path());
        }
        GroupRecord doneGroup = group == null ? null : group.cutAt(cutAt);
        if (doneGroup != null) {
            DurableFiles.overwrite(draft.metadata(), RecordFiles.content(doneGroup));
            DurableFiles.sync(draft.path());
        }
        observer.reached(SnapshotStep.DESCRIBED);
        store.settle(draft, doneGroup, done);
        return done;
    }

    @Override
    public void close() throws IOException {
        // What was committed has left it.
        PoolFolder.deleteTree(draft.path());
    }
}
