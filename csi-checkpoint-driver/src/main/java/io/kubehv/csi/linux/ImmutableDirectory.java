package io.kubehv.csi.linux;

import com.sun.jna.Memory;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;

/**
 * The attribute that chattr(1) calls {@code i}, on a directory: no entry can be made, removed or renamed in it, not
 * even by a container's root, while the files in it stay writable. Unlike a read-only mount it lets the reader of a
 * volume decide whether the file's mount is read-only.
 */
public final class ImmutableDirectory {
    private ImmutableDirectory() {}

    /** Closes the directory to changes. Needs CAP_LINUX_IMMUTABLE, which containers don't get. */
    public static void seal(Path directory) throws SystemCallException {
        change(directory, LinuxLibc.FS_IMMUTABLE_FL, 0);
    }

    /** Opens the directory to changes again. */
    public static void unseal(Path directory) throws SystemCallException {
        change(directory, 0, LinuxLibc.FS_IMMUTABLE_FL);
    }

    private static void change(Path directory, int add, int remove) throws SystemCallException {
        try (OpenFile file = OpenFile.forReading(directory);
                Memory flags = new Memory(Long.BYTES)) {
            flags.clear();
            file.control("FS_IOC_GETFLAGS", LinuxLibc.FS_IOC_GETFLAGS, flags);
            int before = flags.getInt(0);
            int after = (before | add) & ~remove;
            if (after != before) {
                flags.setInt(0, after);
                file.control("FS_IOC_SETFLAGS", LinuxLibc.FS_IOC_SETFLAGS, flags);
            }
        }
    }
}
