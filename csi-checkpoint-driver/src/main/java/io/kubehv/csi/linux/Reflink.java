package io.kubehv.csi.linux;

import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies without data: two files that share their blocks until one of them is written. */
public final class Reflink {
    private static final int PROBE_BYTES = 8192;

    private Reflink() {}

    /** Makes the target's content the source's. Both are on one file system, and the target exists. */
    public static void clone(Path source, Path target) throws SystemCallException {
        try (OpenFile from = OpenFile.forReading(source);
                OpenFile to = OpenFile.forReadingAndWriting(target)) {
            to.control("FICLONE", LinuxLibc.FICLONE, from.descriptor());
        }
    }

    /** Whether files in the directory can be cloned: tried, as a file system's name does not tell. */
    public static boolean isPossibleIn(Path directory) throws IOException {
        Path source = Files.createTempFile(directory, ".reflink-probe-", null);
        Path target = Files.createTempFile(directory, ".reflink-probe-", null);
        try {
            Files.write(source, new byte[PROBE_BYTES]);
            clone(source, target);
            return Files.size(target) == PROBE_BYTES;
        } catch (SystemCallException refused) {
            return false;
        } finally {
            Files.deleteIfExists(source);
            Files.deleteIfExists(target);
        }
    }
}
