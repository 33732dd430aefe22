package io.kubehv.hv.qmp.wire;

import io.kubehv.hv.qmp.QmpProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** Cuts what a channel gives into lines, however the bytes arrive. For one thread. */
public final class LineReader {
    /** What libvirt and QEMU's own client take; a longer line is an attack or a bug. */
    public static final int DEFAULT_LIMIT = 10 << 20;

    private final ReadableByteChannel channel;
    private final int limit;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 << 10).flip();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** Reads from the channel; {@code limit} is the longest line in bytes, without its end. */
    public LineReader(ReadableByteChannel channel, int limit) {
        this.channel = channel;
        this.limit = limit;
    }

    /**
     * The next line without its end; null when the channel has ended. A last line without an end is not a message, and
     * is dropped.
     */
    public byte @Nullable [] next() throws IOException, QmpProtocolException {
        while (true) {
            if (takeLine()) {
                byte[] whole = line.toByteArray();
                line.reset();
                return whole;
            }
            if (line.size() > limit) {
                throw new QmpProtocolException("a line is longer than " + limit + " bytes", null);
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                return null;
            }
        }
    }

    /** Moves bytes to the line, up to a line's end; true when there was one. */
    private boolean takeLine() throws QmpProtocolException {
        byte[] bytes = buffer.array();
        int start = buffer.position();
        for (int i = start; i < buffer.limit(); i++) {
            if (bytes[i] == '\n') {
                line.write(bytes, start, i - start);
                buffer.position(i + 1);
                if (line.size() > limit) {
                    throw new QmpProtocolException("a line is longer than " + limit + " bytes", null);
                }
                return true;
            }
        }
        line.write(bytes, start, buffer.limit() - start);
        buffer.position(buffer.limit());
        return false;
    }
}
