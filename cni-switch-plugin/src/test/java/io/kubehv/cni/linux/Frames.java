package io.kubehv.cni.linux;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Frames as no well-behaved guest would send them. */
public final class Frames {
    public static final String EVERYBODY = "ff:ff:ff:ff:ff:ff";

    private Frames() {}

    public static byte[] ethernet(String to, String from, int type, byte[] payload) {
        return joined(
                mac(to),
                mac(from),
                ByteBuffer.allocate(2).putShort((short) type).array(),
                payload);
    }

    /** The same frame with a VLAN tag. */
    public static byte[] tagged(byte[] frame, int vlan) {
        return tagged(frame, 0x8100, vlan);
    }

    /** The same frame with a tag that says how urgent it is, and no VLAN (IEEE 802.1p). */
    public static byte[] urgent(byte[] frame) {
        return tagged(frame, 0x8100, 7 << 13);
    }

    /** The same frame with a provider's tag around a customer's (IEEE 802.1ad, QinQ). */
    public static byte[] doubleTagged(byte[] frame, int outer, int inner) {
        return tagged(tagged(frame, 0x8100, inner), 0x88A8, outer);
    }

    private static byte[] tagged(byte[] frame, int protocol, int information) {
        byte[] tag = ByteBuffer.allocate(4)
                .putShort((short) protocol)
                .putShort((short) information)
                .array();
        return joined(Arrays.copyOf(frame, 12), tag, Arrays.copyOfRange(frame, 12, frame.length));
    }

    public static byte[] udp4(String from, String to, int sourcePort, int port, String text) {
        byte[] data = text.getBytes(StandardCharsets.US_ASCII);
        byte[] udp = ByteBuffer.allocate(8 + data.length)
                .putShort((short) sourcePort)
                .putShort((short) port)
                .putShort((short) (8 + data.length))
                .putShort((short) 0)
                .put(data)
                .array();
        return ipv4(from, to, 17, 0, udp);
    }

    /** A packet whose checksum is right; {@code fragment} is the flags and offset field. */
    public static byte[] ipv4(String from, String to, int protocol, int fragment, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(20)
                .put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (20 + payload.length))
                .putShort((short) 4711)
                .putShort((short) fragment)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0)
                .put(InetAddress.ofLiteral(from).getAddress())
                .put(InetAddress.ofLiteral(to).getAddress());
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += Short.toUnsignedInt(header.getShort(i));
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        header.putShort(10, (short) ~sum);
        return joined(header.array(), payload);
    }

    public static byte[] ipv6(String from, String to, int nextHeader, byte[] payload) {
        byte[] header = ByteBuffer.allocate(40)
                .putInt(0x60000000)
                .putShort((short) payload.length)
                .put((byte) nextHeader)
                .put((byte) 255)
                .put(InetAddress.ofLiteral(from).getAddress())
                .put(InetAddress.ofLiteral(to).getAddress())
                .array();
        return joined(header, payload);
    }

    /** The packet's first fragment, with so many bytes of what it carries, and the rest of it. */
    public static List<byte[]> fragments4(String from, String to, int protocol, byte[] carried, int first) {
        return List.of(
                ipv4(from, to, protocol, 0x2000, Arrays.copyOf(carried, first)),
                ipv4(from, to, protocol, first / 8, Arrays.copyOfRange(carried, first, carried.length)));
    }

    /** The same in IPv6, where fragments have a header of their own (RFC 8200, section 4.5). */
    public static List<byte[]> fragments6(String from, String to, int nextHeader, byte[] carried, int first) {
        return List.of(
                ipv6(from, to, 44, joined(fragment(nextHeader, 0, true), Arrays.copyOf(carried, first))),
                ipv6(
                        from,
                        to,
                        44,
                        joined(
                                fragment(nextHeader, first, false),
                                Arrays.copyOfRange(carried, first, carried.length))));
    }

    private static byte[] fragment(int nextHeader, int offset, boolean more) {
        return ByteBuffer.allocate(8)
                .put((byte) nextHeader)
                .put((byte) 0)
                .putShort((short) (offset | (more ? 1 : 0)))
                .putInt(4711)
                .array();
    }

    /** An ARP answer that says who has the address. */
    public static byte[] arpReply(String senderMac, String sender, String target) {
        return joined(
                HexFormat.of().parseHex("0001080006040002"),
                mac(senderMac),
                InetAddress.ofLiteral(sender).getAddress(),
                new byte[6],
                InetAddress.ofLiteral(target).getAddress());
    }

    public static byte[] mac(String text) {
        return HexFormat.ofDelimiter(":").parseHex(text);
    }

    public static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
