package io.kubehv.csi.pool;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An open pool.
 *
 * @param root the directory that holds the volumes
 * @param image the file whose file system is mounted there, where the disk's own is not the pool
 * @param mode how copies are made in it
 */
public record Pool(Path root, Optional<Path> image, Mode mode) {
    /** How a clone is made. */
    public enum Mode {
        /** In a moment, and without data. */
        REFLINK,

        /** By reading and writing all of it, as the file system can't do better. */
        COPY
    }
}
