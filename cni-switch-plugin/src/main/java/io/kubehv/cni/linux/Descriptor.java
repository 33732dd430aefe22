package io.kubehv.cni.linux;

import com.sun.jna.LastErrorException;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor, closed once. */
final class Descriptor implements AutoCloseable {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Descriptor(int number) {
        this.number = number;
    }

    @FunctionalInterface
    interface Call {
        int run() throws LastErrorException;
    }

    /** Makes the call, with errno turned into an exception that names it. */
    static int checked(String name, Call call) throws LinuxException {
        try {
            return call.run();
        } catch (LastErrorException e) {
            throw new LinuxException(name, e);
        }
    }

    static Descriptor open(String path, int flags) throws LinuxException {
        return new Descriptor(checked("open " + path, () -> LIBC.open(path, flags | LinuxLibc.O_CLOEXEC)));
    }

    static Descriptor socket(int domain, int type, int protocol) throws LinuxException {
        return new Descriptor(checked("socket", () -> LIBC.socket(domain, type | LinuxLibc.SOCK_CLOEXEC, protocol)));
    }

    /** One that another call has given. */
    static Descriptor of(int number) {
        return new Descriptor(number);
    }

    int number() {
        return number;
    }

    @Override
    public void close() throws LinuxException {
        if (closed.compareAndSet(false, true)) {
            checked("close", () -> LIBC.close(number));
        }
    }
}
