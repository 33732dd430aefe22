package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;

/** A system call said no. Keeps the number, as callers decide by it and a message may be translated. */
public final class SystemCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    SystemCallException(String call, LastErrorException failure) {
        super(call + ": " + failure.getMessage(), failure);
        this.errno = failure.getErrorCode();
    }

    /** The error number, as in errno(3). */
    public int errno() {
        return errno;
    }

    /** Whether the device or file is in use by someone else. */
    public boolean isBusy() {
        return errno == LinuxLibc.EBUSY;
    }

    /** Whether there is no such file. */
    public boolean isMissing() {
        return errno == LinuxLibc.ENOENT;
    }

    /** Whether the kernel or the file system can't do it. */
    public boolean isUnsupported() {
        return errno == LinuxLibc.EOPNOTSUPP || errno == LinuxLibc.ENOTTY;
    }

    /** Whether the file system is full. */
    public boolean isOutOfSpace() {
        return errno == LinuxLibc.ENOSPC;
    }
}
