package io.kubehv.csi.pool;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.SystemCallException;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What the pool can still promise. Volumes are sparse: what was promised to them and not yet written is not free. What
 * a clone shares with its source counts as written, so clones can be more in sum than the pool: that is their point.
 * Thread-safe.
 */
public final class PoolCapacity {
    /** Kept for the file system's own growth: extents, inodes, its log. */
    private static final long RESERVE_PER_MILLE = 20;

    private final Pool pool;
    private final VolumeStore store;
    private long underWay;

    public PoolCapacity(Pool pool, VolumeStore store) {
        this.pool = pool;
        this.store = store;
    }

    /** Room that is promised to a call until it is closed; by then the volume counts, or it was not made. */
    public interface Reservation extends AutoCloseable {
        @Override
        void close();
    }

    /** The bytes that a new volume can have; never negative. */
    public synchronized long availableBytes() throws IOException {
        PoolSpace space = PoolSpace.of(pool);
        long reserve = space.totalBytes() / 1000 * RESERVE_PER_MILLE;
        return Math.max(0, space.availableBytes() - reserve - promisedBytes() - underWay);
    }

    /** The bytes that volumes may still write. */
    public long promisedBytes() throws IOException {
        long promised = 0;
        for (VolumeRecord volume : store.list()) {
            promised += unwritten(volume);
        }
        return promised;
    }

    private long unwritten(VolumeRecord volume) throws IOException {
        try {
            FileStatus status = FileStatus.of(store.directory(volume.id()).image());
            return Math.max(0, volume.sizeBytes() - status.allocatedBytes());
        } catch (SystemCallException e) {
            // Deleted since we listed it, or damaged: it will write nothing.
            if (e.isMissing()) {
                return 0;
            }
            throw e;
        }
    }

    /** Sets room aside, or fails where there is not so much. */
    public synchronized Reservation reserve(long bytes) throws IOException {
        long available = availableBytes();
        if (bytes > available) {
            throw new CsiException.NoSpace(
                    "the pool of this node has " + available + " bytes to give, not " + bytes, null);
        }
        underWay += bytes;
        return () -> giveBack(bytes);
    }

    /** As {@link #reserve}, for a copy of each of those files; a reflink costs no room. */
    public Reservation reserveCopies(List<Path> sources) throws IOException {
        if (pool.mode() == Pool.Mode.REFLINK) {
            return () -> {};
        }
        long bytes = 0;
        for (Path source : sources) {
            bytes += FileStatus.of(source).allocatedBytes();
        }
        return reserve(bytes);
    }

    private synchronized void giveBack(long bytes) {
        underWay -= bytes;
    }
}
