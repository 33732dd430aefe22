package io.kubehv.hv.linux.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.kubehv.hv.linux.SyscallException;

/** The raw calls with errno turned into {@link SyscallException} in the call that failed. */
public final class LibcCalls {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    /** sizeof(sigset_t). */
    private static final int SIGSET_BYTES = 128;

    private LibcCalls() {}

    @FunctionalInterface
    private interface Call {
        int run() throws LastErrorException;
    }

    private static int checked(String name, Call call) throws SyscallException {
        try {
            return call.run();
        } catch (LastErrorException e) {
            throw new SyscallException(name, e.getErrorCode());
        }
    }

    /** Returns the descriptor. */
    public static int open(String path, int flags) throws SyscallException {
        return checked("open " + path, () -> LIBC.open(path, flags));
    }

    public static void close(int fd) throws SyscallException {
        checked("close", () -> LIBC.close(fd));
    }

    public static void setDescriptorFlags(int fd, int flags) throws SyscallException {
        checked("fcntl F_SETFD of " + fd, () -> LIBC.fcntl(fd, LinuxLibc.F_SETFD, flags));
    }

    /** Returns only by exception. */
    public static void execute(String program, String[] arguments, String[] environment) throws SyscallException {
        int unreachable = checked("execve " + program, () -> LIBC.execve(program, arguments, environment));
        throw new IllegalStateException("execve returned " + unreachable);
    }

    /** The calling thread's blocked signals: bit n-1 is signal n. */
    public static void setSignalMask(long mask) throws SyscallException {
        try (Memory set = new Memory(SIGSET_BYTES)) {
            set.clear();
            set.setLong(0, mask);
            checked("sigprocmask", () -> LIBC.sigprocmask(LinuxLibc.SIG_SETMASK, set, null));
        }
    }
}
