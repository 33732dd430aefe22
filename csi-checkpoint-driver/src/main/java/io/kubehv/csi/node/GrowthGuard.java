package io.kubehv.csi.node;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.linux.SystemCallException;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps VMs' disks inside their size. Whoever can write to a {@code disk.img} can also make it longer, or allocate
 * blocks beyond its end, and without quotas no kernel interface forbids that; a hypervisor never does it, a hostile pod
 * may. So all disks are looked at each second, and what is beyond the size is cut off. That gives room back and is no
 * bound: one fallocate takes all that the pool has in a moment, other volumes' writers get no block until the next
 * look, and the hostile pod can do it again. Each cut is counted. What is inside the size is never touched.
 */
public final class GrowthGuard implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(GrowthGuard.class.getName());
    private static final long PERIOD_MILLIS = 1000;

    /** Above the size a file honestly has its extent map, and what the file system allocates ahead. */
    private static final long SLACK_BYTES = 1L << 20;

    private static final long SLACK_SHARE = 64;

    private final VolumeStore store;
    private final PoolLocks locks;
    private final Runnable onCut;

    /** Named in the log once each; how often is in the metric. */
    private final Set<VolumeId> offenders = ConcurrentHashMap.newKeySet();

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("growth-guard").daemon().factory());

    /**
     * @param onCut told about each cut
     */
    public GrowthGuard(VolumeStore store, PoolLocks locks, Runnable onCut) {
        this.store = store;
        this.locks = locks;
        this.onCut = onCut;
    }

    /** Starts looking. */
    public void start() {
        // Its end is the scheduler's: look() lets no failure out.
        ScheduledFuture<?> _ =
                scheduler.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Looks at all disks once. */
    void look() {
        for (VolumeRecord volume : store.list()) {
            if (volume.isPublishedAsFile()) {
                look(volume);
            }
        }
    }

    private void look(VolumeRecord volume) {
        try {
            if (isTooBig(volume)) {
                cut(volume);
            }
        } catch (CsiException.Aborted busy) {
            LOG.log(Level.FINE, "{0} is being changed: it is looked at next time", volume.id());
        } catch (IOException | RuntimeException e) {
            // The guard must outlive one volume's trouble; the volume's own calls report it.
            LOG.log(Level.WARNING, "can't look at " + volume.id(), e);
        }
    }

    private void cut(VolumeRecord seen) throws IOException {
        try (PoolLocks.Held _ = locks.exclusively(seen.id())) {
            // Now nobody expands or deletes it: what was seen before the lock may have been an expansion.
            Optional<VolumeRecord> volume = store.find(seen.id());
            if (volume.isEmpty() || !isTooBig(volume.get())) {
                return;
            }
            SparseFile.resize(imageOf(volume.get()), volume.get().sizeBytes());
            if (offenders.add(seen.id())) {
                LOG.log(Level.WARNING, "{0} of {1} had grown beyond its size; it was cut back", new Object[] {
                    seen.id(), seen.claim()
                });
            }
            onCut.run();
        }
    }

    private boolean isTooBig(VolumeRecord volume) throws IOException {
        try {
            FileStatus status = FileStatus.of(imageOf(volume));
            long size = volume.sizeBytes();
            return status.size() > size || status.allocatedBytes() > size + SLACK_BYTES + size / SLACK_SHARE;
        } catch (SystemCallException e) {
            if (e.isMissing()) {
                return false;
            }
            throw e;
        }
    }

    private Path imageOf(VolumeRecord volume) {
        return store.directory(volume.id()).image();
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
