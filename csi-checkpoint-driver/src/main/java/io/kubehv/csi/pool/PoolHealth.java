package io.kubehv.csi.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Whether the pool can be written: a file system that had an error, or was taken away, can't be. */
public final class PoolHealth {
    private static final Logger LOG = Logger.getLogger(PoolHealth.class.getName());

    private final Pool pool;

    public PoolHealth(Pool pool) {
        this.pool = pool;
    }

    /** What is wrong with the pool; empty if nothing is. */
    public Optional<String> trouble() {
        try {
            Path probe = Files.createTempFile(pool.root(), ".health-", null);
            Files.delete(probe);
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the pool can't be written", e);
            return Optional.of("the pool can't be written: " + e.getMessage());
        }
    }
}
