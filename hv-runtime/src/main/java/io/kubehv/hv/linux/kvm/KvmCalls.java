package io.kubehv.hv.linux.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.libc.LinuxLibc;

/** The raw calls with errno turned into {@link KvmException} in the call that failed. */
final class KvmCalls {
    private static final int PAGE = 4096;

    private KvmCalls() {}

    static int open(String path) {
        try {
            return LinuxLibc.INSTANCE.open(path, LinuxLibc.O_RDWR | LinuxLibc.O_CLOEXEC);
        } catch (LastErrorException e) {
            throw failure("open " + path, e);
        }
    }

    static void close(int fd) {
        try {
            LinuxLibc.INSTANCE.close(fd);
        } catch (LastErrorException e) {
            throw failure("close", e);
        }
    }

    static int ioctl(String name, int fd, long request, long argument) {
        return ioctl(name, fd, request, (Object) new NativeLong(argument));
    }

    static int ioctl(String name, int fd, long request, Memory struct) {
        return ioctl(name, fd, request, (Object) struct);
    }

    private static int ioctl(String name, int fd, long request, Object argument) {
        while (true) {
            try {
                return LinuxLibc.INSTANCE.ioctl(fd, new NativeLong(request), argument);
            } catch (LastErrorException e) {
                // The JVM sends its threads signals; KVM_RUN then goes on where it was.
                if (e.getErrorCode() != Errno.EINTR) {
                    throw failure(name, e);
                }
            }
        }
    }

    /** Zeroed memory for a guest. */
    static Pointer mapMemory(long bytes) {
        return map(bytes, LinuxLibc.MAP_PRIVATE | LinuxLibc.MAP_ANONYMOUS, -1);
    }

    static Pointer mapFile(int fd, long bytes) {
        return map(bytes, LinuxLibc.MAP_SHARED, fd);
    }

    private static Pointer map(long bytes, int flags, int fd) {
        Pointer address;
        try {
            address = LinuxLibc.INSTANCE.mmap(
                    Pointer.NULL,
                    new NativeLong(bytes),
                    LinuxLibc.PROT_READ | LinuxLibc.PROT_WRITE,
                    flags,
                    fd,
                    new NativeLong(0));
        } catch (LastErrorException e) {
            throw failure("mmap", e);
        }
        // Addresses are multiples of a page, MAP_FAILED is not.
        if (Pointer.nativeValue(address) % PAGE != 0) {
            throw failure("mmap", new LastErrorException(Native.getLastError()));
        }
        return address;
    }

    static void unmap(Pointer address, long bytes) {
        try {
            LinuxLibc.INSTANCE.munmap(address, new NativeLong(bytes));
        } catch (LastErrorException e) {
            throw failure("munmap", e);
        }
    }

    private static KvmException failure(String call, LastErrorException cause) {
        return new KvmException(call, cause.getErrorCode(), String.valueOf(cause.getMessage()), cause);
    }
}
