package io.kubehv.hv.checkpoint;

import io.kubehv.hv.linux.fs.DeadlineChannel;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a dirty bitmap that QEMU exports over NBD: the protocol is NBD's doc/proto.md (fixed newstyle, structured replies,
 * {@code NBD_CMD_BLOCK_STATUS}), the name of the bitmap's context is QEMU's docs/interop/nbd.rst. No data is read. A QEMU that
 * is taken over may answer anything: what it makes us keep is bounded.
 */
final class DirtyBitmapReader implements AutoCloseable {
    private static final long NBD_MAGIC = 0x4e42444d41474943L;
    private static final long OPTION_MAGIC = 0x49484156454f5054L;
    private static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
    private static final int REQUEST_MAGIC = 0x25609513;
    private static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;

    /** NBD_FLAG_C_FIXED_NEWSTYLE and NBD_FLAG_C_NO_ZEROES. */
    private static final int CLIENT_FLAGS = 3;

    private static final int OPTION_EXPORT_NAME = 1;
    private static final int OPTION_STRUCTURED_REPLY = 8;
    private static final int OPTION_SET_META_CONTEXT = 10;
    private static final int REPLY_ACK = 1;
    private static final int REPLY_META_CONTEXT = 4;
    private static final short COMMAND_DISCONNECT = 2;
    private static final short COMMAND_BLOCK_STATUS = 7;
    private static final short FLAG_DONE = 1;
    private static final short CHUNK_NONE = 0;
    private static final short CHUNK_BLOCK_STATUS = 5;
    private static final int DIRTY = 1;
    private static final int DESCRIPTOR_BYTES = 8;

    /** What one request may ask for: its length has 32 bits. */
    private static final long MOST_AT_ONCE = 1L << 31;

    /** QEMU tells of 2^17 ranges at once at most; nothing else here is as long. */
    private static final int LONGEST_PAYLOAD = 1 << 21;

    private final int most;
    private final DeadlineChannel channel;
    private final DataInputStream input;
    private final long size;

    private DirtyBitmapReader(int most, DeadlineChannel channel, String export, String bitmap) throws IOException {
        this.most = most;
        this.channel = channel;
        this.input = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel)));
        expect(NBD_MAGIC, input.readLong(), "the greeting");
        expect(OPTION_MAGIC, input.readLong(), "the greeting");
        var _ = input.readShort();
        send(out -> out.writeInt(CLIENT_FLAGS));
        option(OPTION_STRUCTURED_REPLY, out -> {});
        expect(REPLY_ACK, optionReply(OPTION_STRUCTURED_REPLY), "structured replies");
        option(OPTION_SET_META_CONTEXT, out -> {
            text(out, export);
            out.writeInt(1);
            text(out, "qemu:dirty-bitmap:" + bitmap);
        });
        expect(REPLY_META_CONTEXT, optionReply(OPTION_SET_META_CONTEXT), "the bitmap");
        expect(REPLY_ACK, optionReply(OPTION_SET_META_CONTEXT), "the bitmap");
        option(OPTION_EXPORT_NAME, out -> out.write(export.getBytes(StandardCharsets.UTF_8)));
        size = input.readLong();
        var _ = input.readShort();
    }

    private interface Content {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /**
     * All that is dirty, in order; ranges do not touch.
     *
     * @param most so many of them at most, 2 or more: of more of them those that are near each other are one
     */
    static List<WrittenRange> read(Path socket, String export, String bitmap, int most, long deadlineNanos)
            throws IOException {
        DeadlineChannel channel = DeadlineChannel.connect(socket, deadlineNanos);
        try (channel) {
            DirtyBitmapReader reader = new DirtyBitmapReader(most, channel, export, bitmap);
            try (reader) {
                return reader.readAll();
            }
        }
    }

    private List<WrittenRange> readAll() throws IOException {
        List<WrittenRange> dirty = new ArrayList<>();
        for (long offset = 0; offset < size; ) {
            offset = readFrom(offset, Math.min(size - offset, MOST_AT_ONCE), dirty);
        }
        return dirty;
    }

    /** Returns up to where it was told. */
    private long readFrom(long offset, long length, List<WrittenRange> dirty) throws IOException {
        request(COMMAND_BLOCK_STATUS, offset, (int) length);
        long told = offset;
        boolean done = false;
        while (!done) {
            expect(STRUCTURED_REPLY_MAGIC, input.readInt(), "a reply");
            short flags = input.readShort();
            short type = input.readShort();
            expect(offset, input.readLong(), "a reply");
            int bytes = input.readInt();
            done = (flags & FLAG_DONE) != 0;
            if (type == CHUNK_BLOCK_STATUS && bytes > 0 && bytes <= LONGEST_PAYLOAD) {
                var _ = input.readInt();
                for (int i = 0; i < bytes / DESCRIPTOR_BYTES; i++) {
                    long part = Integer.toUnsignedLong(input.readInt());
                    boolean isDirty = (input.readInt() & DIRTY) != 0;
                    if (isDirty && part > 0) {
                        add(dirty, new WrittenRange(told, part));
                    }
                    told += part;
                }
            } else if (type != CHUNK_NONE || bytes != 0) {
                throw new IOException("QEMU does not tell what is dirty: a reply of type " + type);
            }
        }
        if (told <= offset || told > offset + length) {
            throw new IOException("QEMU told of " + (told - offset) + " bytes and was asked for " + length);
        }
        return told;
    }

    private void add(List<WrittenRange> dirty, WrittenRange range) {
        WrittenRange last = dirty.isEmpty() ? null : dirty.getLast();
        if (last != null && last.end() == range.offset()) {
            dirty.set(dirty.size() - 1, new WrittenRange(last.offset(), last.length() + range.length()));
            return;
        }
        if (dirty.size() == most) {
            List<WrittenRange> fewer = WrittenRange.atMost(most / 2, dirty);
            dirty.clear();
            dirty.addAll(fewer);
        }
        dirty.add(range);
    }

    /** The offset is also what the reply is known by. */
    private void request(short command, long offset, int length) throws IOException {
        send(out -> {
            out.writeInt(REQUEST_MAGIC);
            out.writeShort(0);
            out.writeShort(command);
            out.writeLong(offset);
            out.writeLong(offset);
            out.writeInt(length);
        });
    }

    private void option(int option, Content content) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        content.writeTo(new DataOutputStream(data));
        send(out -> {
            out.writeLong(OPTION_MAGIC);
            out.writeInt(option);
            out.writeInt(data.size());
            data.writeTo(out);
        });
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Returns its type; what more it says is of no interest. */
    private int optionReply(int option) throws IOException {
        expect(OPTION_REPLY_MAGIC, input.readLong(), "an option");
        expect(option, input.readInt(), "an option");
        int type = input.readInt();
        int bytes = input.readInt();
        if (bytes < 0 || bytes > LONGEST_PAYLOAD) {
            throw new IOException("QEMU's reply to an option has " + bytes + " bytes");
        }
        input.skipNBytes(bytes);
        return type;
    }

    private void send(Content content) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        content.writeTo(new DataOutputStream(message));
        channel.writeFully(message.toByteArray());
    }

    private static void expect(long expected, long found, String what) throws IOException {
        if (found != expected) {
            throw new IOException(
                    "QEMU's NBD server answers something else to %s: %x and not %x".formatted(what, found, expected));
        }
    }

    /** A client that goes without a word makes QEMU complain. */
    @Override
    public void close() throws IOException {
        request(COMMAND_DISCONNECT, 0, 0);
    }
}
