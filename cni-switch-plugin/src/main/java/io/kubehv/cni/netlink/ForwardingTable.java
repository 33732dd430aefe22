package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_APPEND;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_REPLACE;

import io.kubehv.cni.linux.LinuxException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Who is behind which port of a bridge, and behind which node of a VXLAN (rtnetlink(7), linux/neighbour.h). */
public final class ForwardingTable {
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_DELNEIGH = 29;
    private static final int RTM_GETNEIGH = 30;
    private static final int NDMSG_BYTES = 12;
    private static final int AF_BRIDGE = 7;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NTF_SELF = 0x02;
    private static final int NTF_MASTER = 0x04;
    private static final int NTF_STICKY = 0x40;
    private static final int NUD_NOARP = 0x40;
    private static final int NUD_PERMANENT = 0x80;

    private final NetlinkSocket socket;

    /** The tables of the socket's namespace. */
    public ForwardingTable(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** A VXLAN's entry: frames for the address go to this node. */
    public record Remote(MacAddress mac, InetAddress node) {}

    /** Frames for the address go to this port of a bridge, whoever else claims to have it. */
    public void bind(int port, MacAddress mac) throws LinuxException {
        socket.execute(entry(
                        "bind " + mac + " to the bridge port " + port,
                        RTM_NEWNEIGH,
                        NLM_F_CREATE | NLM_F_REPLACE,
                        port,
                        NUD_NOARP,
                        NTF_MASTER | NTF_STICKY)
                .with(NDA_LLADDR, mac.bytes()));
    }

    /** Takes back {@link #bind}; not there: nothing to do. */
    public void unbind(int port, MacAddress mac) throws LinuxException {
        remove(entry("unbind " + mac + " from the bridge port " + port, RTM_DELNEIGH, 0, port, NUD_NOARP, NTF_MASTER)
                .with(NDA_LLADDR, mac.bytes()));
    }

    /** All entries of a VXLAN. */
    public Set<Remote> remotes(int vxlan) throws LinuxException {
        NetlinkMessage request = NetlinkMessage.of("list the nodes behind the VXLAN " + vxlan, RTM_GETNEIGH, NLM_F_DUMP)
                .header(NDMSG_BYTES, part -> part.put(0, (byte) AF_BRIDGE).putInt(4, vxlan));
        Set<Remote> remotes = new HashSet<>();
        for (ByteBuffer part : socket.dump(request)) {
            if (part.getInt(4) == vxlan) {
                remote(part).ifPresent(remotes::add);
            }
        }
        return remotes;
    }

    /** Adds an entry to a VXLAN; that of {@link MacAddress#NOBODY} stands beside others of its kind. */
    public void add(int vxlan, Remote remote) throws LinuxException {
        int how = remote.mac().equals(MacAddress.NOBODY) ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE | NLM_F_REPLACE;
        socket.execute(entry(
                        "put " + remote + " into the VXLAN " + vxlan,
                        RTM_NEWNEIGH,
                        how,
                        vxlan,
                        NUD_NOARP | NUD_PERMANENT,
                        NTF_SELF)
                .with(NDA_LLADDR, remote.mac().bytes())
                .with(NDA_DST, remote.node().getAddress()));
    }

    /** Removes an entry of a VXLAN; not there: nothing to do. */
    public void remove(int vxlan, Remote remote) throws LinuxException {
        remove(entry(
                        "take " + remote + " out of the VXLAN " + vxlan,
                        RTM_DELNEIGH,
                        0,
                        vxlan,
                        NUD_NOARP | NUD_PERMANENT,
                        NTF_SELF)
                .with(NDA_LLADDR, remote.mac().bytes())
                .with(NDA_DST, remote.node().getAddress()));
    }

    private void remove(NetlinkMessage message) throws LinuxException {
        try {
            socket.execute(message);
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    private static NetlinkMessage entry(String meaning, int type, int how, int index, int state, int flags) {
        return NetlinkMessage.of(meaning, type, NLM_F_ACK | how)
                .header(
                        NDMSG_BYTES,
                        part -> part.put(0, (byte) AF_BRIDGE)
                                .putInt(4, index)
                                .putShort(8, (short) state)
                                .put(10, (byte) flags));
    }

    private static Optional<Remote> remote(ByteBuffer message) {
        Attributes attributes = Attributes.of(message.slice(NDMSG_BYTES, message.limit() - NDMSG_BYTES));
        Optional<byte[]> mac = attributes.bytes(NDA_LLADDR).map(ForwardingTable::array);
        Optional<byte[]> node = attributes.bytes(NDA_DST).map(ForwardingTable::array);
        if (mac.isEmpty() || node.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Remote(MacAddress.of(mac.get()), InetAddress.getByAddress(node.get())));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("the kernel told a node's address of " + node.get().length + " bytes", e);
        }
    }

    private static byte[] array(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return bytes;
    }
}
