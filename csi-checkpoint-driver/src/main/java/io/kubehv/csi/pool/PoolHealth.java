package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FullDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Whether the pool can be written: a file system that is full, had an error, or was taken away, can't be. Thread-safe.
 */
public final class PoolHealth {
    private static final Logger LOG = Logger.getLogger(PoolHealth.class.getName());
    private static final int PROBE_BYTES = 4096;

    /** An image's file system takes writes that the disk below then has no room for, and is shut down by that. */
    private static final long LEAST_BYTES = 16L << 20;

    private static final long PATIENCE_SECONDS = 2;

    private final Pool pool;
    private final ReentrantLock looking = new ReentrantLock();
    private boolean isTroubled;

    public PoolHealth(Pool pool) {
        this.pool = pool;
    }

    /** What is wrong with the pool; empty if nothing is. */
    public Optional<PoolTrouble> trouble() {
        try {
            // A disk that hangs must keep one caller for itself, not all who ask.
            if (!looking.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return Optional.of(new PoolTrouble("the pool does not answer", false));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new PoolTrouble("interrupted while looking at the pool", false));
        }
        try {
            Optional<PoolTrouble> found = look();
            report(found);
            return found;
        } finally {
            looking.unlock();
        }
    }

    private Optional<PoolTrouble> look() {
        try {
            write();
            return PoolSpace.of(pool).availableBytes() < LEAST_BYTES
                    ? Optional.of(new PoolTrouble("the pool, or the disk below it, is full", true))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of(new PoolTrouble("the pool can't be written: " + e.getMessage(), FullDisk.isCauseOf(e)));
        }
    }

    /** Probes come every few seconds, and the trouble may last for days: it is said when it comes and when it goes. */
    private void report(Optional<PoolTrouble> found) {
        if (found.isPresent() && !isTroubled) {
            LOG.log(Level.WARNING, found.get().description());
        } else if (found.isEmpty() && isTroubled) {
            LOG.log(Level.INFO, "the pool can be written again");
        }
        isTroubled = found.isPresent();
    }

    private void write() throws IOException {
        Path probe = Files.createTempFile(pool.root(), ".health-", null);
        try {
            Files.write(probe, new byte[PROBE_BYTES]);
        } finally {
            Files.delete(probe);
        }
    }
}
