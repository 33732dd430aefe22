package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_EXCL;

import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The network interfaces of one namespace (rtnetlink(7), linux/if_link.h). Safe for several threads. */
public final class Links {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_SETLINK = 19;
    private static final int IFINFOMSG_BYTES = 16;
    private static final int AF_BRIDGE = 7;
    private static final int AF_INET6 = 10;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_PROTINFO = 12;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_GROUP = 27;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final int IN6_ADDR_GEN_MODE_NONE = 1;
    private static final int VETH_INFO_PEER = 1;

    private static final int IFLA_BR_FORWARD_DELAY = 1;
    private static final int IFLA_BR_MCAST_SNOOPING = 23;

    private static final int IFLA_BRPORT_LEARNING = 8;
    private static final int IFLA_BRPORT_UNICAST_FLOOD = 9;
    private static final int IFLA_BRPORT_ISOLATED = 33;

    private static final int IFLA_VXLAN_ID = 1;
    private static final int IFLA_VXLAN_LINK = 3;
    private static final int IFLA_VXLAN_LOCAL = 4;
    private static final int IFLA_VXLAN_LEARNING = 7;
    private static final int IFLA_VXLAN_PORT = 15;
    private static final int IFLA_VXLAN_LOCAL6 = 17;

    /** linux/if.h. */
    private static final int IFF_UP = 0x1;

    private static final int IFF_LOWER_UP = 0x10000;

    private final NetlinkSocket socket;

    /** The interfaces of the socket's namespace. */
    public Links(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** All of them. */
    public List<Link> list() throws LinuxException {
        return dump("list the links").stream().map(Links::link).toList();
    }

    /** The one of this name, if it is there. */
    public Optional<Link> find(String name) throws LinuxException {
        NetlinkMessage request = NetlinkMessage.of("find the link " + name, RTM_GETLINK, 0)
                .header(IFINFOMSG_BYTES, part -> {})
                .with(IFLA_IFNAME, name);
        try {
            return socket.dump(request).stream().findFirst().map(Links::link);
        } catch (LinuxException e) {
            if (e.isMissing()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The one of this name, which must be there. */
    public Link get(String name) throws LinuxException {
        return find(name).orElseThrow(() -> new LinuxException("find the link " + name, LinuxException.ENODEV));
    }

    /**
     * Makes a bridge and switches it on: no spanning tree, no delay, no snooping (nobody on it asks who listens to what), and
     * no address of its own by itself.
     */
    public void makeBridge(String name, int mtu, MacAddress mac) throws LinuxException {
        makeAndSwitchOn(
                name,
                make("make the bridge " + name, name)
                        .with(IFLA_MTU, mtu)
                        .with(IFLA_ADDRESS, mac.bytes())
                        .nested(
                                IFLA_LINKINFO,
                                info -> info.with(IFLA_INFO_KIND, "bridge")
                                        .nested(
                                                IFLA_INFO_DATA,
                                                data -> data.with(IFLA_BR_FORWARD_DELAY, 0)
                                                        .withByte(IFLA_BR_MCAST_SNOOPING, 0))));
    }

    /**
     * Makes a VXLAN and switches it on as a port of a bridge. It learns nothing: who is behind it is put into its forwarding
     * table.
     *
     * @param local the address that it sends from
     */
    public void makeVxlan(String name, int identifier, int port, InetAddress local, int mtu, int master)
            throws LinuxException {
        byte[] address = local.getAddress();
        makeAndSwitchOn(
                name,
                make("make the VXLAN " + name, name)
                        .with(IFLA_MTU, mtu)
                        .with(IFLA_MASTER, master)
                        .nested(
                                IFLA_LINKINFO,
                                info -> info.with(IFLA_INFO_KIND, "vxlan")
                                        .nested(
                                                IFLA_INFO_DATA,
                                                data -> data.with(IFLA_VXLAN_ID, identifier)
                                                        .with(
                                                                address.length == 4
                                                                        ? IFLA_VXLAN_LOCAL
                                                                        : IFLA_VXLAN_LOCAL6,
                                                                address)
                                                        .withByte(IFLA_VXLAN_LEARNING, 0)
                                                        .withBigEndianShort(IFLA_VXLAN_PORT, port))));
    }

    /**
     * Makes a pair of interfaces: what goes into one comes out of the other. This end is switched on.
     *
     * @param name here
     * @param peer the other's name, in the other namespace
     * @param master the number of the bridge that this end becomes a port of
     */
    public void makeVethPair(String name, String peer, NetworkNamespace namespace, int mtu, int master)
            throws LinuxException {
        makeAndSwitchOn(name, vethPair(name, peer, Optional.of(namespace), mtu, master));
    }

    /** Makes a pair of interfaces of which both ends are here. This end is switched on. */
    public void makeVethPair(String name, String peer, int mtu, int master) throws LinuxException {
        makeAndSwitchOn(name, vethPair(name, peer, Optional.empty(), mtu, master));
    }

    /** Makes a pair of interfaces whose other end is in a namespace. Both ends are switched off. */
    public void makeSilentVethPair(String name, String peer, NetworkNamespace namespace, int mtu, int master)
            throws LinuxException {
        socket.execute(vethPair(name, peer, Optional.of(namespace), mtu, master));
    }

    private static NetlinkMessage vethPair(
            String name, String peer, Optional<NetworkNamespace> namespace, int mtu, int master) {
        String where = namespace.map(other -> " in " + other).orElse("");
        return make("make the link " + name + " with its peer " + peer + where, name)
                .with(IFLA_MTU, mtu)
                .with(IFLA_MASTER, master)
                .nested(
                        IFLA_LINKINFO,
                        info -> info.with(IFLA_INFO_KIND, "veth")
                                .nested(
                                        IFLA_INFO_DATA,
                                        data -> data.nested(VETH_INFO_PEER, end -> {
                                            end.header(IFINFOMSG_BYTES, part -> {})
                                                    .with(IFLA_IFNAME, peer)
                                                    .with(IFLA_MTU, mtu);
                                            namespace.ifPresent(other -> end.with(IFLA_NET_NS_FD, other.number()));
                                        })));
    }

    /**
     * Gives the interface a size and switches it on, without an address of its own by itself.
     *
     * @param group a number that interfaces share which are to be deleted together; not 0, which all others have
     */
    public void switchOn(int index, int mtu, int group) throws LinuxException {
        socket.execute(set("switch on the link " + index, index, IFF_UP, IFF_UP)
                .with(IFLA_MTU, mtu)
                .with(IFLA_GROUP, group)
                .nested(IFLA_AF_SPEC, Links::withoutAddresses));
    }

    /** Switches the interface on, without an address of its own by itself. */
    public void switchOnMute(int index) throws LinuxException {
        socket.execute(set("switch on the link " + index, index, IFF_UP, IFF_UP)
                .nested(IFLA_AF_SPEC, Links::withoutAddresses));
    }

    /** Switches the interface on. */
    public void switchOn(int index) throws LinuxException {
        socket.execute(set("switch on the link " + index, index, IFF_UP, IFF_UP));
    }

    /** Gives the interface another address of its own. */
    public void setMac(int index, MacAddress mac) throws LinuxException {
        socket.execute(set("give the link " + index + " the address " + mac, index, 0, 0)
                .with(IFLA_ADDRESS, mac.bytes()));
    }

    /** The names of the VXLANs that were made to send by this interface and no other. */
    public List<String> vxlansOver(int index) throws LinuxException {
        List<String> names = new ArrayList<>();
        for (ByteBuffer part : dump("list the VXLANs")) {
            Attributes info = attributes(part).nested(IFLA_LINKINFO);
            if (info.text(IFLA_INFO_KIND).filter("vxlan"::equals).isPresent()
                    && info.nested(IFLA_INFO_DATA).number(IFLA_VXLAN_LINK).orElse(0) == index) {
                names.add(link(part).name());
            }
        }
        return names;
    }

    /** Makes the interface a port of the bridge of this number; 0: of none. */
    public void setMaster(int index, int master) throws LinuxException {
        socket.execute(set("make the link " + index + " a port of " + master, index, 0, 0)
                .with(IFLA_MASTER, master));
    }

    /** Changes the largest packet, in bytes. */
    public void setMtu(int index, int mtu) throws LinuxException {
        socket.execute(
                set("set the size of link " + index + " to " + mtu, index, 0, 0).with(IFLA_MTU, mtu));
    }

    /**
     * Says how a bridge treats its port.
     *
     * @param learns whether it learns who is behind the port
     * @param flooded whether the port gets frames for strangers
     */
    public void setPort(int index, boolean learns, boolean flooded) throws LinuxException {
        socket.execute(port("set the bridge port " + index, index)
                .nested(
                        IFLA_PROTINFO,
                        info -> info.withByte(IFLA_BRPORT_LEARNING, learns ? 1 : 0)
                                .withByte(IFLA_BRPORT_UNICAST_FLOOD, flooded ? 1 : 0)));
    }

    /** Lets no frame pass between this port of a bridge and others of which the same was said. */
    public void isolate(int index) throws LinuxException {
        socket.execute(port("isolate the bridge port " + index, index)
                .nested(IFLA_PROTINFO, info -> info.withByte(IFLA_BRPORT_ISOLATED, 1)));
    }

    /** Deletes the interface, and a pair's other end with it; not there: nothing to do. */
    public void delete(String name) throws LinuxException {
        try {
            socket.execute(NetlinkMessage.of("delete the link " + name, RTM_DELLINK, NLM_F_ACK)
                    .header(IFINFOMSG_BYTES, part -> {})
                    .with(IFLA_IFNAME, name));
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    // An interface that only passes frames on must not speak for itself: another switch would learn it. The kernel
    // takes
    // that only of an interface that is there, so it is made switched off.
    private void makeAndSwitchOn(String name, NetlinkMessage make) throws LinuxException {
        NetlinkMessage on = NetlinkMessage.of("switch on the link " + name, RTM_NEWLINK, NLM_F_ACK)
                .header(IFINFOMSG_BYTES, part -> part.putInt(8, IFF_UP).putInt(12, IFF_UP))
                .with(IFLA_IFNAME, name)
                .nested(IFLA_AF_SPEC, Links::withoutAddresses);
        socket.execute(List.of(make, on));
    }

    /**
     * Deletes all interfaces of the group, in the time that one takes: the kernel waits once for all who may still look at
     * them. None there: nothing to do.
     */
    public void deleteGroup(int group) throws LinuxException {
        try {
            socket.execute(NetlinkMessage.of("delete the links of group " + group, RTM_DELLINK, NLM_F_ACK)
                    .header(IFINFOMSG_BYTES, part -> {})
                    .with(IFLA_GROUP, group));
        } catch (LinuxException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    private List<ByteBuffer> dump(String meaning) throws LinuxException {
        return socket.dump(NetlinkMessage.of(meaning, RTM_GETLINK, NLM_F_DUMP).header(IFINFOMSG_BYTES, part -> {}));
    }

    private static NetlinkMessage make(String meaning, String name) {
        return NetlinkMessage.of(meaning, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
                .header(IFINFOMSG_BYTES, part -> {})
                .with(IFLA_IFNAME, name);
    }

    private static NetlinkMessage set(String meaning, int index, int flags, int changed) {
        return NetlinkMessage.of(meaning, RTM_NEWLINK, NLM_F_ACK)
                .header(
                        IFINFOMSG_BYTES,
                        part -> part.putInt(4, index).putInt(8, flags).putInt(12, changed));
    }

    private static NetlinkMessage port(String meaning, int index) {
        return NetlinkMessage.of(meaning, RTM_SETLINK, NLM_F_ACK)
                .header(IFINFOMSG_BYTES, part -> part.put(0, (byte) AF_BRIDGE).putInt(4, index));
    }

    private static void withoutAddresses(NetlinkMessage families) {
        families.nested(AF_INET6, inet6 -> inet6.withByte(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE));
    }

    private static Attributes attributes(ByteBuffer message) {
        return Attributes.of(message.slice(IFINFOMSG_BYTES, message.limit() - IFINFOMSG_BYTES));
    }

    private static Link link(ByteBuffer message) {
        Attributes attributes = attributes(message);
        int flags = message.getInt(8);
        return new Link(
                message.getInt(4),
                attributes.text(IFLA_IFNAME).orElse(""),
                attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND),
                attributes
                        .bytes(IFLA_ADDRESS)
                        .filter(address -> address.remaining() == 6)
                        .map(Links::mac),
                attributes.number(IFLA_MTU).orElse(0),
                attributes.number(IFLA_MASTER).orElse(0),
                (flags & IFF_UP) != 0,
                (flags & IFF_LOWER_UP) != 0);
    }

    private static MacAddress mac(ByteBuffer address) {
        byte[] bytes = new byte[6];
        address.get(bytes);
        return MacAddress.of(bytes);
    }
}
