package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FileSystemSpace;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The pool's room. An image is sparse: what its file system has free, the disk below must have as well, or a write that
 * was promised fails.
 *
 * @param totalBytes all of the pool
 * @param availableBytes what can still be written into it
 */
public record PoolSpace(long totalBytes, long availableBytes) {
    /** The room now. */
    public static PoolSpace of(Pool pool) throws IOException {
        FileSystemSpace inside = FileSystemSpace.of(pool.root());
        long available = inside.availableBytes();
        if (pool.image().isPresent()) {
            available = Math.min(available, below(pool.image().get()));
        }
        return new PoolSpace(inside.totalBytes(), available);
    }

    private static long below(Path image) throws IOException {
        return FileSystemSpace.of(image).availableBytes();
    }
}
