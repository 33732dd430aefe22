package io.kubehv.csi.state;

import io.kubehv.csi.linux.ByteRange;
import io.kubehv.csi.linux.LiveCopy;
import io.kubehv.csi.linux.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies of volumes that were begun ahead of the cut that they are for, in {@code ahead/}. They are of no moment and nobody's
 * snapshot: one goes into a snapshot by {@link #take}, or goes with its group's cut, its group's deletion, or the next start.
 * Callers hold the group's lock.
 */
public final class AheadCopies {
    /** A reflink of fewer takes less than 10 ms. */
    private static final int FEW_EXTENTS = 1_000;

    private final PoolFolder folder;
    private final Map<GroupId, Map<VolumeId, LiveCopy>> copies = new ConcurrentHashMap<>();

    private AheadCopies(PoolFolder folder) {
        this.folder = folder;
    }

    /** Opens the folder in the pool's directory, and sweeps away what an earlier process left. */
    public static AheadCopies open(Path root) throws IOException {
        PoolFolder folder = new PoolFolder(root.resolve("ahead"));
        folder.makePrivate();
        folder.sweep();
        return new AheadCopies(folder);
    }

    /**
     * Begins the copy of a volume, or brings the one up to now that was begun.
     *
     * @param written as for {@link LiveCopy#catchUp}, since the last call began
     * @param requireWanted as for {@link LiveCopy#begin}
     * @return false for one that is copied quickly, which nothing is done for
     */
    public boolean prepare(
            GroupId group, VolumeId volume, Path image, @Nullable List<ByteRange> written, Runnable requireWanted)
            throws IOException {
        LiveCopy begun = find(group, volume);
        if (begun != null) {
            begun.catchUp(written);
            // Or the cut would have to wait for all of it.
            DurableFiles.sync(folder.entry(SnapshotId.inGroup(group, volume)));
            return true;
        }
        boolean worthwhile = LiveCopy.isWorthwhile(image, FEW_EXTENTS);
        if (worthwhile) {
            Path file = folder.clear(SnapshotId.inGroup(group, volume));
            boolean made = false;
            try {
                SparseFile.create(file, 0);
                LiveCopy copy = LiveCopy.begin(image, file, requireWanted);
                DurableFiles.sync(file);
                copies.computeIfAbsent(group, key -> new HashMap<>()).put(volume, copy);
                made = true;
            } finally {
                if (!made) {
                    Files.deleteIfExists(file);
                }
            }
        }
        return worthwhile;
    }

    private @Nullable LiveCopy find(GroupId group, VolumeId volume) {
        return copies.getOrDefault(group, Map.of()).get(volume);
    }

    /**
     * Makes the target, which is not there, the copy of a quiet volume; false where none was begun.
     *
     * @param written as for {@link #prepare}
     */
    public boolean take(GroupId group, VolumeId volume, Path target, @Nullable List<ByteRange> written)
            throws IOException {
        LiveCopy begun = find(group, volume);
        if (begun == null) {
            return false;
        }
        begun.catchUp(written);
        Files.move(folder.entry(SnapshotId.inGroup(group, volume)), target);
        return true;
    }

    /** Removes what is left of a group's copies. */
    public void discard(GroupId group) throws IOException {
        Map<VolumeId, LiveCopy> begun = copies.remove(group);
        if (begun != null) {
            for (VolumeId volume : begun.keySet()) {
                Files.deleteIfExists(folder.entry(SnapshotId.inGroup(group, volume)));
            }
        }
    }
}
