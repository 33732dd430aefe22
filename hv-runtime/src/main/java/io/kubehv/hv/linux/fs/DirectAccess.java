package io.kubehv.hv.linux.fs;

import com.sun.jna.LastErrorException;
import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.nio.file.Path;

/** Reading and writing past the kernel's page cache. */
public final class DirectAccess {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    private DirectAccess() {}

    /** Whether the file's file system, or the device, takes O_DIRECT; found out by opening, as no version or name tells it. */
    public static boolean isTaken(Path file) throws SyscallException {
        try {
            LIBC.close(LIBC.open(file.toString(), LinuxLibc.O_RDONLY | LinuxLibc.O_DIRECT | LinuxLibc.O_CLOEXEC));
            return true;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.EINVAL) {
                return false;
            }
            throw new SyscallException("open " + file, e.getErrorCode());
        }
    }
}
