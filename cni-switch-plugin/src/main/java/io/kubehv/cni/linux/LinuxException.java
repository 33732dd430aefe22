package io.kubehv.cni.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;

/** The kernel said no. Keeps the number, as callers decide by it and a message may be translated. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    /** asm-generic/errno-base.h and errno.h. */
    public static final int ENOENT = 2;

    public static final int ESRCH = 3;

    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETUNREACH = 101;
    public static final int EHOSTUNREACH = 113;

    private final int errno;

    LinuxException(String call, LastErrorException failure) {
        super(call + ": " + failure.getMessage(), failure);
        this.errno = failure.getErrorCode();
    }

    /** A number that came in a message instead of from a call. */
    public LinuxException(String request, int errno) {
        super(request + ": error " + errno);
        this.errno = errno;
    }

    /** A number that came in a message, with the kernel's own words. */
    public LinuxException(String request, int errno, String words) {
        super(request + ": error " + errno + ", " + words);
        this.errno = errno;
    }

    /** The error number, as in errno(3). */
    public int errno() {
        return errno;
    }

    /** Whether what was asked for is not there. */
    public boolean isMissing() {
        return errno == ENOENT || errno == ENODEV;
    }

    /** Whether what was to be made is there already. */
    public boolean isPresent() {
        return errno == EEXIST;
    }
}
