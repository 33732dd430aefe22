package io.kubehv.hv.linux.fs;

import io.kubehv.hv.linux.libc.LibcCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * A connection over which a descriptor can be handed to another process, which Java's own channels can't. Its calls block
 * the thread that carries a virtual one, so it is for short talks. For one thread.
 */
public final class DescriptorSocket implements ReadableByteChannel {
    private static final int CHUNK = 4096;

    private final int socket;
    private boolean open = true;

    private DescriptorSocket(int socket) {
        this.socket = socket;
    }

    /**
     * Connects to the socket at the path and to nothing that it leads to.
     *
     * @param timeout how long one send or read may take
     * @throws UnixSocket.NotASocketException when it is something else, be it a link to a socket
     */
    public static DescriptorSocket connect(Path path, Duration timeout) throws IOException {
        try (UnixSocket held = UnixSocket.hold(path)) {
            DescriptorSocket fresh = new DescriptorSocket(LibcCalls.unixSocket(timeout.toMillis()));
            boolean connected = false;
            try {
                LibcCalls.connect(fresh.socket, held.path().toString());
                connected = true;
            } finally {
                if (!connected) {
                    fresh.close();
                }
            }
            return fresh;
        }
    }

    /** Sends the bytes. */
    public void send(byte[] bytes) throws IOException {
        complete(bytes, LibcCalls.send(socket, bytes));
    }

    /** Sends the bytes and, with the first of them, the file. */
    public void send(byte[] bytes, OpenFile file) throws IOException {
        complete(bytes, LibcCalls.send(socket, bytes, file.descriptor()));
    }

    /** What is said here fits into a socket's buffer, so a part of it is a sign that the other side does not read. */
    private static void complete(byte[] bytes, int sent) throws IOException {
        if (sent < bytes.length) {
            throw new IOException("only " + sent + " of " + bytes.length + " bytes were taken");
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        byte[] chunk = new byte[Math.min(CHUNK, target.remaining())];
        int count = LibcCalls.read(socket, chunk);
        target.put(Arrays.copyOf(chunk, count));
        return count == 0 ? -1 : count;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        if (open) {
            open = false;
            LibcCalls.close(socket);
        }
    }
}
