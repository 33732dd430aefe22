package io.kubehv.cni.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** A message to the kernel while it is written (linux/netlink.h: struct nlmsghdr, then struct nlattr one after the other). */
final class NetlinkMessage {
    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;
    static final int NLM_F_APPEND = 0x800;

    /** linux/netlink.h. */
    private static final int NLA_F_NESTED = 0x8000;

    static final int HEADER_BYTES = 16;
    private static final int ATTRIBUTE_HEADER_BYTES = 4;
    private static final int FLAGS_OFFSET = 6;
    private static final int SEQUENCE_OFFSET = 8;

    private final String meaning;
    private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

    private NetlinkMessage(String meaning, int type, int flags) {
        this.meaning = meaning;
        bytes.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
    }

    /** A message; {@code meaning} says in an error what was asked for. */
    static NetlinkMessage of(String meaning, int type, int flags) {
        return new NetlinkMessage(meaning, type, flags | NLM_F_REQUEST);
    }

    String meaning() {
        return meaning;
    }

    boolean wantsAcknowledgement() {
        return (bytes.getShort(FLAGS_OFFSET) & NLM_F_ACK) != 0;
    }

    /** The family's own header, which stands before the attributes. */
    NetlinkMessage header(int length, Consumer<ByteBuffer> writer) {
        int end = aligned(bytes.position() + length);
        room(end - bytes.position());
        ByteBuffer part = bytes.slice(bytes.position(), length).order(ByteOrder.nativeOrder());
        writer.accept(part);
        bytes.position(end);
        return this;
    }

    NetlinkMessage with(int type, byte[] value) {
        int length = ATTRIBUTE_HEADER_BYTES + value.length;
        room(aligned(length));
        int start = bytes.position();
        bytes.putShort((short) length).putShort((short) type).put(value);
        bytes.position(start + aligned(length));
        return this;
    }

    /** Text with a zero after it. */
    NetlinkMessage with(int type, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return with(type, Arrays.copyOf(text, text.length + 1));
    }

    /** Four bytes in the machine's order. */
    NetlinkMessage with(int type, int value) {
        return with(type, ordered(Integer.BYTES).putInt(value).array());
    }

    /** One byte. */
    NetlinkMessage withByte(int type, int value) {
        return with(type, new byte[] {(byte) value});
    }

    /** Two bytes in the network's order. */
    NetlinkMessage withBigEndianShort(int type, int value) {
        return with(
                type, ByteBuffer.allocate(Short.BYTES).putShort((short) value).array());
    }

    /** Four bytes in the network's order. */
    NetlinkMessage withBigEndian(int type, int value) {
        return with(type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    /** Attributes in an attribute. */
    NetlinkMessage nested(int type, Consumer<NetlinkMessage> content) {
        room(ATTRIBUTE_HEADER_BYTES);
        int start = bytes.position();
        bytes.putShort((short) 0).putShort((short) (type | NLA_F_NESTED));
        content.accept(this);
        bytes.putShort(start, (short) (bytes.position() - start));
        return this;
    }

    byte[] finished(int sequence) {
        bytes.putInt(0, bytes.position());
        bytes.putInt(SEQUENCE_OFFSET, sequence);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    static ByteBuffer ordered(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    }

    /** NLMSG_ALIGN and NLA_ALIGN: four bytes. */
    static int aligned(int length) {
        return (length + 3) & ~3;
    }

    private void room(int length) {
        if (bytes.remaining() < length) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(bytes.capacity() * 2, bytes.position() + length))
                    .order(ByteOrder.nativeOrder());
            larger.put(bytes.flip());
            bytes = larger;
        }
    }
}
