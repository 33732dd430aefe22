package io.kubehv.hv.linux.fs;

import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LibcCalls;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One socket in a directory that somebody else can write to, held by a descriptor: whatever takes its name meanwhile,
 * {@link #path()} is this very one. A link or any other file in its place is refused.
 */
public final class UnixSocket implements AutoCloseable {
    /** sys/stat.h: the bits of a mode that say what a file is, and what they are for a socket. */
    private static final int S_IFMT = 0xF000;

    private static final int S_IFSOCK = 0xC000;

    private final int descriptor;

    private UnixSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /** There is something, and it is no socket. */
    public static final class NotASocketException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        private NotASocketException(Path path) {
            super(path.toString(), null, "is not a socket");
        }
    }

    /**
     * Holds the socket.
     *
     * @throws NotASocketException when it is something else, be it a link to a socket
     * @throws SyscallException when it isn't there or can't be opened
     */
    public static UnixSocket hold(Path path) throws IOException {
        UnixSocket held = new UnixSocket(
                LibcCalls.open(path.toString(), LinuxLibc.O_PATH | LinuxLibc.O_NOFOLLOW | LinuxLibc.O_CLOEXEC));
        boolean isSocket = false;
        try {
            int mode = (Integer) Files.getAttribute(held.path(), "unix:mode");
            isSocket = (mode & S_IFMT) == S_IFSOCK;
        } finally {
            if (!isSocket) {
                held.close();
            }
        }
        if (!isSocket) {
            throw new NotASocketException(path);
        }
        return held;
    }

    /** Connects to the socket at the path and to nothing that it leads to. */
    public static SocketChannel connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean connected = false;
        try (UnixSocket socket = hold(path)) {
            connected = channel.connect(UnixDomainSocketAddress.of(socket.path()));
        } finally {
            if (!connected) {
                channel.close();
            }
        }
        return channel;
    }

    /** A name for it that nobody can give to another file, as long as it is held. */
    public Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    @Override
    public void close() throws SyscallException {
        LibcCalls.close(descriptor);
    }
}
