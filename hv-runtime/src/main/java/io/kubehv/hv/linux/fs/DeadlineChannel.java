package io.kubehv.hv.linux.fs;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A UNIX socket whose every read and write ends at one deadline, with {@link SocketTimeoutException}. For one thread. */
public final class DeadlineChannel implements ReadableByteChannel {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final long deadlineNanos;

    private DeadlineChannel(SocketChannel channel, Selector selector, long deadlineNanos) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.deadlineNanos = deadlineNanos;
        channel.configureBlocking(false);
        this.key = channel.register(selector, 0);
    }

    /** Connects to the socket at the path and to nothing that it leads to; the deadline is a {@link System#nanoTime}. */
    public static DeadlineChannel connect(Path socket, long deadlineNanos) throws IOException {
        SocketChannel channel = UnixSocket.connect(socket);
        Selector selector = null;
        DeadlineChannel connected = null;
        try {
            selector = Selector.open();
            connected = new DeadlineChannel(channel, selector, deadlineNanos);
            return connected;
        } finally {
            if (connected == null) {
                channel.close();
                if (selector != null) {
                    selector.close();
                }
            }
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int count = channel.read(target);
        while (count == 0) {
            await(SelectionKey.OP_READ);
            count = channel.read(target);
        }
        return count;
    }

    /** Writes all of it. */
    public void writeFully(byte[] bytes) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        while (source.hasRemaining()) {
            if (channel.write(source) == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
    }

    private void await(int operation) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new IOException("interrupted", new InterruptedException());
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        key.interestOps(operation);
        selector.select(millis);
        selector.selectedKeys().clear();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            selector.close();
        }
    }
}
