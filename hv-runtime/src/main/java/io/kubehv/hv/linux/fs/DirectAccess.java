package io.kubehv.hv.linux.fs;

import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LibcCalls;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.nio.file.Path;

/** Reading and writing past the kernel's page cache. */
public final class DirectAccess {
    private DirectAccess() {}

    /** Whether the file's file system, or the device, takes O_DIRECT; found out by opening, as no version or name tells it. */
    public static boolean isTaken(Path file) throws SyscallException {
        try {
            LibcCalls.close(
                    LibcCalls.open(file.toString(), LinuxLibc.O_RDONLY | LinuxLibc.O_DIRECT | LinuxLibc.O_CLOEXEC));
            return true;
        } catch (SyscallException e) {
            if (e.errno() == Errno.EINVAL) {
                return false;
            }
            throw e;
        }
    }
}
