package io.kubehv.hv.linux.kvm;

import io.kubehv.hv.linux.Errno;
import java.io.Serial;

/** The kernel refused a call that KVM needs. */
public final class KvmException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int errno;

    KvmException(String call, int errno, String message, Throwable cause) {
        super(call + ": " + message, cause);
        this.errno = errno;
    }

    /** Whether the device is not there, or nothing stands behind it. */
    public boolean isAbsent() {
        return errno == Errno.ENOENT || errno == Errno.ENXIO || errno == Errno.ENODEV;
    }

    /** Whether we may not use what is there. */
    public boolean isDenied() {
        return errno == Errno.EACCES || errno == Errno.EPERM;
    }
}
