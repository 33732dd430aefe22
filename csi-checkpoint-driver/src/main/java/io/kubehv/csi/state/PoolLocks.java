package io.kubehv.csi.state;

import io.kubehv.csi.error.CsiException;
import java.util.HashMap;
import java.util.Map;

/**
 * Who works on which volume, snapshot or group. A second call on it is turned away rather than queued, as the CSI
 * specification advises: the caller repeats it, and by then it finds the work done. Sources of clones and of snapshots
 * are shared. Thread-safe.
 */
public final class PoolLocks {
    private static final int EXCLUSIVE = -1;

    private final Map<PoolId, Integer> holders = new HashMap<>();

    /** What is held; closing lets go of it. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes it for changes. */
    public Held exclusively(PoolId id) {
        synchronized (holders) {
            if (holders.containsKey(id)) {
                throw underWay(id);
            }
            holders.put(id, EXCLUSIVE);
        }
        return () -> letGo(id);
    }

    /** Takes it for reading. */
    public Held shared(PoolId id) {
        synchronized (holders) {
            int readers = holders.getOrDefault(id, 0);
            if (readers == EXCLUSIVE) {
                throw underWay(id);
            }
            holders.put(id, readers + 1);
        }
        return () -> letGo(id);
    }

    private static CsiException underWay(PoolId id) {
        return new CsiException.Aborted("another operation on " + id + " is under way");
    }

    private void letGo(PoolId id) {
        synchronized (holders) {
            int readers = holders.getOrDefault(id, 0);
            if (readers > 1) {
                holders.put(id, readers - 1);
            } else {
                holders.remove(id);
            }
        }
    }
}
