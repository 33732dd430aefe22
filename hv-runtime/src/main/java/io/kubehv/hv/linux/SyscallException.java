package io.kubehv.hv.linux;

import java.io.IOException;

/** A system call failed. */
public final class SyscallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /** Which call, on what, and its errno. */
    public SyscallException(String call, int errno) {
        super(call + " failed: " + Errno.text(errno));
        this.errno = errno;
    }

    /** The error's number, see {@link Errno}. */
    public int errno() {
        return errno;
    }
}
