package io.kubehv.csi.linux;

import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Copies without data: two files that share their blocks until one of them is written. */
public final class Reflink {
    private static final int PROBE_BYTES = 8192;
    private static final String PROBE_PREFIX = ".reflink-probe-";

    /** How file systems without reflinks say so, ioctl_ficlone(2); the rest are troubles of those that may have them. */
    private static final Set<Integer> REFUSALS =
            Set.of(LinuxLibc.EOPNOTSUPP, LinuxLibc.ENOTTY, LinuxLibc.EINVAL, LinuxLibc.EXDEV);

    private Reflink() {}

    /** Makes the target's content the source's. Both are on one file system, and the target exists. */
    public static void clone(Path source, Path target) throws SystemCallException {
        try (OpenFile from = OpenFile.forReading(source);
                OpenFile to = OpenFile.forReadingAndWriting(target)) {
            to.control("FICLONE", LinuxLibc.FICLONE, from.descriptor());
        }
    }

    /**
     * Whether files in the directory can be cloned: tried, as a file system's name does not tell. A failure says
     * nothing of that: a full file system, for one, can't be tried.
     */
    public static boolean isPossibleIn(Path directory) throws IOException {
        Path source = Files.createTempFile(directory, PROBE_PREFIX, null);
        try {
            Files.write(source, new byte[PROBE_BYTES]);
            return canClone(source);
        } finally {
            Files.deleteIfExists(source);
        }
    }

    private static boolean canClone(Path source) throws IOException {
        Path target = Files.createTempFile(source.getParent(), PROBE_PREFIX, null);
        try {
            clone(source, target);
            return Files.size(target) == PROBE_BYTES;
        } catch (SystemCallException e) {
            if (REFUSALS.contains(e.errno())) {
                return false;
            }
            throw e;
        } finally {
            Files.deleteIfExists(target);
        }
    }
}
