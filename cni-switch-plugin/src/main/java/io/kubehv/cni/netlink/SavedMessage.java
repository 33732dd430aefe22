package io.kubehv.cni.netlink;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the kernel said of an address or a route, kept as it is: said again, it makes the same, with all that we know nothing of.
 *
 * @param hex the family's own header and the attributes, in the machine's byte order
 */
public record SavedMessage(@JsonValue String hex) {
    private static final int ATTRIBUTE_HEADER_BYTES = 4;

    /** Reads what {@link #hex} gave. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public SavedMessage {}

    static SavedMessage of(ByteBuffer payload) {
        byte[] bytes = new byte[payload.limit()];
        payload.get(0, bytes);
        return new SavedMessage(HexFormat.of().formatHex(bytes));
    }

    ByteBuffer bytes() {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.nativeOrder());
    }

    Attributes attributes(int headerBytes) {
        ByteBuffer all = bytes();
        return Attributes.of(all.slice(headerBytes, all.limit() - headerBytes));
    }

    /**
     * The same for the kernel.
     *
     * @param change of the family's own header
     * @param without the types of attributes that are left out
     */
    NetlinkMessage again(
            String meaning, int type, int how, int headerBytes, Consumer<ByteBuffer> change, Set<Integer> without) {
        ByteBuffer all = bytes();
        NetlinkMessage message = NetlinkMessage.of(meaning, type, NetlinkMessage.NLM_F_ACK | how)
                .header(headerBytes, part -> {
                    part.put(0, all, 0, headerBytes);
                    change.accept(part);
                });
        int start = NetlinkMessage.aligned(headerBytes);
        while (all.limit() - start >= ATTRIBUTE_HEADER_BYTES) {
            int length = Short.toUnsignedInt(all.getShort(start));
            int attribute = Short.toUnsignedInt(all.getShort(start + 2));
            if (length < ATTRIBUTE_HEADER_BYTES || length > all.limit() - start) {
                break;
            }
            if (!without.contains(attribute & Attributes.TYPE_MASK)) {
                byte[] value = new byte[length - ATTRIBUTE_HEADER_BYTES];
                all.get(start + ATTRIBUTE_HEADER_BYTES, value);
                message.with(attribute, value);
            }
            start += NetlinkMessage.aligned(length);
        }
        return message;
    }
}
