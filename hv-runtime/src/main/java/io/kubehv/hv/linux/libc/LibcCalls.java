package io.kubehv.hv.linux.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kubehv.hv.linux.SyscallException;
import java.nio.charset.StandardCharsets;

/** The raw calls with errno turned into {@link SyscallException} in the call that failed. */
public final class LibcCalls {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    /** sizeof(sigset_t). */
    private static final int SIGSET_BYTES = 128;

    /** sizeof(struct timeval). */
    private static final int TIMEVAL_BYTES = 16;

    /** sizeof(struct sockaddr_un): a family and a name that ends with a zero. */
    private static final int SOCKADDR_UN_BYTES = 110;

    private static final int LONGEST_SOCKET_NAME = 107;

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

    /** Returns the descriptor of a UNIX stream socket, whose sends and reads end after the time with EAGAIN. */
    public static int unixSocket(long timeoutMillis) throws SyscallException {
        int fd = checked(
                "socket", () -> LIBC.socket(LinuxLibc.AF_UNIX, LinuxLibc.SOCK_STREAM | LinuxLibc.SOCK_CLOEXEC, 0));
        try (Memory time = new Memory(TIMEVAL_BYTES)) {
            time.setLong(0, timeoutMillis / 1000);
            time.setLong(Long.BYTES, timeoutMillis % 1000 * 1000);
            for (int option : new int[] {LinuxLibc.SO_RCVTIMEO, LinuxLibc.SO_SNDTIMEO}) {
                checked("setsockopt", () -> LIBC.setsockopt(fd, LinuxLibc.SOL_SOCKET, option, time, TIMEVAL_BYTES));
            }
            return fd;
        } catch (SyscallException e) {
            close(fd);
            throw e;
        }
    }

    /** Connects a UNIX socket to the path. */
    public static void connect(int fd, String path) throws SyscallException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_SOCKET_NAME) {
            throw new IllegalArgumentException("a socket's name has at most 107 bytes: " + path);
        }
        try (Memory address = new Memory(SOCKADDR_UN_BYTES)) {
            address.clear();
            address.setShort(0, (short) LinuxLibc.AF_UNIX);
            address.write(Short.BYTES, name, 0, name.length);
            checked("connect " + path, () -> LIBC.connect(fd, address, SOCKADDR_UN_BYTES));
        }
    }

    /** Sends bytes; returns how many were sent, at least one. */
    public static int send(int socket, byte[] bytes) throws SyscallException {
        return send(socket, bytes, null);
    }

    /** Sends bytes, of which the first carries a copy of the descriptor; returns how many were sent, at least one. */
    public static int send(int socket, byte[] bytes, int descriptor) throws SyscallException {
        // struct cmsghdr (bits/socket.h) with one int, on 64 bits.
        try (Memory control = new Memory(24)) {
            control.clear();
            control.setLong(0, 20);
            control.setInt(8, LinuxLibc.SOL_SOCKET);
            control.setInt(12, LinuxLibc.SCM_RIGHTS);
            control.setInt(16, descriptor);
            return send(socket, bytes, control);
        }
    }

    private static int send(int socket, byte[] bytes, Memory control) throws SyscallException {
        // struct iovec and msghdr (bits/types/struct_iovec.h, bits/socket.h), on 64 bits.
        try (Memory data = new Memory(bytes.length);
                Memory vector = new Memory(16);
                Memory header = new Memory(56)) {
            data.write(0, bytes, 0, bytes.length);
            vector.setPointer(0, data);
            vector.setLong(8, bytes.length);
            header.clear();
            header.setPointer(16, vector);
            header.setLong(24, 1);
            if (control != null) {
                header.setPointer(32, control);
                header.setLong(40, control.size());
            }
            return checked(
                    "sendmsg",
                    () -> LIBC.sendmsg(socket, header, LinuxLibc.MSG_NOSIGNAL).intValue());
        }
    }

    /** Reads into the buffer; returns how many bytes, 0 at the end. */
    public static int read(int fd, byte[] buffer) throws SyscallException {
        try (Memory memory = new Memory(buffer.length)) {
            int count = checked(
                    "read",
                    () -> LIBC.read(fd, memory, new NativeLong(buffer.length)).intValue());
            memory.read(0, buffer, 0, count);
            return count;
        }
    }
}
