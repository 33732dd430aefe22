package io.kubehv.cni.linux;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** A DHCP client's question (RFC 2131) and the answers to it, as frames. */
public final class TestDhcp {
    private static final int UDP = 42;
    private static final int OPTIONS = UDP + 240;

    private TestDhcp() {}

    /** Who is there, and what may I have? */
    public static byte[] discover(String mac) {
        ByteBuffer message = ByteBuffer.allocate(300);
        message.put((byte) 1)
                .put((byte) 1)
                .put((byte) 6)
                .put((byte) 0)
                .putInt(0x12345678)
                .putShort((short) 0)
                .putShort((short) 0x8000);
        message.position(28).put(Frames.mac(mac));
        // A discover that asks for router, name servers and MTU.
        message.position(236).putInt(0x63825363).put(new byte[] {53, 1, 1, 55, 3, 3, 6, 26, (byte) 255});
        byte[] udp = Frames.joined(
                ByteBuffer.allocate(8)
                        .putShort((short) 68)
                        .putShort((short) 67)
                        .putShort((short) 308)
                        .putShort((short) 0)
                        .array(),
                message.array());
        return Frames.ethernet(
                Frames.EVERYBODY, mac, 0x0800, Frames.joined(Frames.ipv4("0.0.0.0", "255.255.255.255", 17, 0, udp)));
    }

    /** Whether it is an offer of the address. */
    public static boolean offers(byte[] frame, String address) {
        return isOffer(frame)
                && Arrays.equals(frame, 58, 62, InetAddress.ofLiteral(address).getAddress(), 0, 4);
    }

    /** Whether it is an offer of any address to this client. */
    public static boolean isOffer(byte[] frame, String mac) {
        return isOffer(frame) && Arrays.equals(frame, UDP + 28, UDP + 34, Frames.mac(mac), 0, 6);
    }

    private static boolean isOffer(byte[] frame) {
        return frame.length > OPTIONS && frame[23] == 17 && frame[35] == 67;
    }

    /** The value of an option of an offer. */
    public static Optional<byte[]> option(byte[] frame, int code) {
        int start = OPTIONS;
        while (start + 1 < frame.length && frame[start] != (byte) 255) {
            if (Byte.toUnsignedInt(frame[start]) == code) {
                return Optional.of(Arrays.copyOfRange(frame, start + 2, start + 2 + frame[start + 1]));
            }
            start += frame[start] == 0 ? 1 : 2 + frame[start + 1];
        }
        return Optional.empty();
    }
}
