package io.kubehv.cni.switching;

import io.kubehv.cni.netlink.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where frames go by a shortcut, as {@link ShortcutProgram} reads it.
 *
 * @param link the number of the node's end of a port, or of a tunnel
 * @param longest frame that the link takes, in bytes
 * @param way {@link #TO_PORT} or {@link #TO_TUNNEL}
 */
record ShortcutTarget(int link, int longest, int way) {
    static final int TO_PORT = 0;
    static final int TO_TUNNEL = 1;

    static final int LINK_OFFSET = 0;
    static final int LONGEST_OFFSET = 4;
    static final int WAY_OFFSET = 8;

    /** When something was last learnt of it, in units of the program's own. */
    static final int LEARNT_OFFSET = 12;

    static final int BYTES = 16;

    /** IEEE 802.3: what is before a packet in a frame. */
    private static final int HEADER_BYTES = 14;

    /** What of a frame says where it goes: the addressee, and the VLAN of the sender's port; 0: none. */
    record Place(MacAddress mac, int vlan) {
        static final int BYTES = 8;

        byte[] key() {
            return ByteBuffer.allocate(BYTES)
                    .order(ByteOrder.nativeOrder())
                    .put(mac.bytes())
                    .putShort((short) vlan)
                    .array();
        }
    }

    /** A port, by the node's end of it. */
    static ShortcutTarget port(int link, int mtu) {
        return new ShortcutTarget(link, mtu + HEADER_BYTES, TO_PORT);
    }

    /** A tunnel. */
    static ShortcutTarget tunnel(int link, int mtu) {
        return new ShortcutTarget(link, mtu + HEADER_BYTES, TO_TUNNEL);
    }

    byte[] value() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(LINK_OFFSET, link)
                .putInt(LONGEST_OFFSET, longest)
                .putInt(WAY_OFFSET, way)
                .array();
    }
}
