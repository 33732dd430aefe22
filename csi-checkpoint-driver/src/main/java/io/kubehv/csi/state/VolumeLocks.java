package io.kubehv.csi.state;

import io.kubehv.csi.error.CsiException;
import java.util.HashMap;
import java.util.Map;

/**
 * Who works on which volume. A second call on a volume is turned away rather than queued, as the CSI specification
 * advises: the caller repeats it, and by then it finds the work done. Sources of clones are shared. Thread-safe.
 */
public final class VolumeLocks {
    private static final int EXCLUSIVE = -1;

    private final Map<VolumeId, Integer> holders = new HashMap<>();

    /** A volume that is held; closing lets go of it. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes the volume for changes. */
    public Held exclusively(VolumeId id) {
        synchronized (holders) {
            if (holders.containsKey(id)) {
                throw underWay(id);
            }
            holders.put(id, EXCLUSIVE);
        }
        return () -> letGo(id);
    }

    /** Takes the volume for reading it. */
    public Held shared(VolumeId id) {
        synchronized (holders) {
            int readers = holders.getOrDefault(id, 0);
            if (readers == EXCLUSIVE) {
                throw underWay(id);
            }
            holders.put(id, readers + 1);
        }
        return () -> letGo(id);
    }

    private static CsiException underWay(VolumeId id) {
        return new CsiException.Aborted("another operation on " + id + " is under way");
    }

    private void letGo(VolumeId id) {
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
