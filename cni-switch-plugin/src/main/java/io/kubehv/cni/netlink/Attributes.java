package io.kubehv.cni.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The attributes of a message from the kernel, by their types. */
final class Attributes {
    /** linux/netlink.h: NLA_TYPE_MASK. */
    static final int TYPE_MASK = 0x3fff;

    private static final int HEADER_BYTES = 4;

    private final Map<Integer, ByteBuffer> values = new HashMap<>();

    private Attributes() {}

    /** What stands in the bytes; stops where they are broken off. */
    static Attributes of(ByteBuffer bytes) {
        Attributes attributes = new Attributes();
        ByteBuffer rest = bytes.slice().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= HEADER_BYTES) {
            int start = rest.position();
            int length = Short.toUnsignedInt(rest.getShort(start));
            if (length < HEADER_BYTES || length > rest.remaining()) {
                break;
            }
            int type = Short.toUnsignedInt(rest.getShort(start + 2)) & TYPE_MASK;
            attributes.values.put(
                    type,
                    rest.slice(start + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.nativeOrder()));
            rest.position(Math.min(rest.limit(), start + NetlinkMessage.aligned(length)));
        }
        return attributes;
    }

    Optional<ByteBuffer> bytes(int type) {
        return Optional.ofNullable(values.get(type))
                .map(value -> value.duplicate().order(ByteOrder.nativeOrder()));
    }

    Optional<Integer> number(int type) {
        return bytes(type).filter(value -> value.remaining() >= Integer.BYTES).map(ByteBuffer::getInt);
    }

    /** Text up to its first zero. */
    Optional<String> text(int type) {
        return bytes(type).map(value -> {
            byte[] all = new byte[value.remaining()];
            value.get(all);
            int end = 0;
            while (end < all.length && all[end] != 0) {
                end++;
            }
            return new String(all, 0, end, StandardCharsets.UTF_8);
        });
    }

    Attributes nested(int type) {
        return of(bytes(type).orElse(ByteBuffer.allocate(0)));
    }
}
