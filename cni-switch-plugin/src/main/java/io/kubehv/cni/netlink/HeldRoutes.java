package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_APPEND;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;

import io.kubehv.cni.linux.LinuxException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The routes by interfaces, to be given to others with their metrics, sources and tables (rtnetlink(7), linux/rtnetlink.h). */
public final class HeldRoutes {
    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    private static final int RTMSG_BYTES = 12;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_CACHEINFO = 12;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int RTA_EXPIRES = 23;
    private static final int RTA_NH_ID = 30;

    private static final int RT_TABLE_MAIN = 254;
    private static final int RT_TABLE_LOCAL = 255;
    private static final int RTPROT_KERNEL = 2;
    private static final int RTPROT_RA = 9;
    private static final int RTM_F_CLONED = 0x200;
    private static final int RTNH_F_ONLINK = 4;

    /** struct rtmsg. */
    private static final int PREFIX = 1;

    private static final int PROTOCOL = 5;
    private static final int FLAGS = 8;

    private final NetlinkSocket socket;

    /** The routes in the socket's namespace. */
    public HeldRoutes(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Those by an interface that somebody made: what the kernel adds for an address comes and goes with that. A route stands behind
     * the one by which its gateway is reached.
     */
    public List<SavedMessage> of(int index) throws LinuxException {
        return all().filter(route -> isMade(route) && interfaceOf(route) == index)
                .sorted(Comparator.comparing(HeldRoutes::hasGateway))
                .toList();
    }

    /** The routes by several interfaces of which one is this, by their destinations; they can't be given to another. */
    public List<String> shared(int index) throws LinuxException {
        return all().filter(route -> isMade(route)
                        && (hops(route).contains(index)
                                || (interfaceOf(route) == index
                                        && attributes(route).bytes(RTA_NH_ID).isPresent())))
                .map(HeldRoutes::destination)
                .toList();
    }

    /** The number of the interface by which an address is reached; empty: it is not. */
    public Optional<Integer> way(InetAddress address) throws LinuxException {
        byte[] bytes = address.getAddress();
        NetlinkMessage request = NetlinkMessage.of("find the way to " + address.getHostAddress(), RTM_GETROUTE, 0)
                .header(
                        RTMSG_BYTES,
                        part -> part.put(0, (byte) (bytes.length == 4 ? AF_INET : AF_INET6))
                                .put(PREFIX, (byte) (bytes.length * Byte.SIZE)))
                .with(RTA_DST, bytes);
        try {
            return socket.dump(request).stream()
                    .findFirst()
                    .flatMap(part -> attributes(SavedMessage.of(part)).number(RTA_OIF));
        } catch (LinuxException e) {
            if (e.errno() == LinuxException.ENETUNREACH || e.errno() == LinuxException.EHOSTUNREACH) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether it is the way to wherever no other leads. */
    public static boolean isDefault(SavedMessage route) {
        return route.bytes().get(PREFIX) == 0 && table(route) == RT_TABLE_MAIN;
    }

    /** Adds it by an interface; there is one: nothing to do. */
    public void give(SavedMessage route, Link to) throws LinuxException {
        try {
            socket.execute(changed(route, "add the route " + destination(route), RTM_NEWROUTE, to));
        } catch (LinuxException e) {
            if (!e.isPresent()) {
                throw e;
            }
        }
    }

    /** Removes it from an interface; not there: nothing to do. */
    public void take(SavedMessage route, Link from) throws LinuxException {
        try {
            socket.execute(changed(route, "remove the route " + destination(route), RTM_DELROUTE, from));
        } catch (LinuxException e) {
            if (e.errno() != LinuxException.ESRCH && !e.isMissing()) {
                throw e;
            }
        }
    }

    // Behind those that there are: which of two is the right one to replace, the kernel does not ask.
    private static NetlinkMessage changed(SavedMessage route, String meaning, int type, Link link) {
        return route.again(
                        meaning + " by " + link.name(),
                        type,
                        type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_APPEND : 0,
                        RTMSG_BYTES,
                        part -> part.putInt(FLAGS, part.getInt(FLAGS) & RTNH_F_ONLINK),
                        Set.of(RTA_OIF, RTA_CACHEINFO, RTA_EXPIRES))
                .with(RTA_OIF, link.index());
    }

    private Stream<SavedMessage> all() throws LinuxException {
        List<SavedMessage> routes = new ArrayList<>();
        for (int family : new int[] {AF_INET, AF_INET6}) {
            NetlinkMessage request = NetlinkMessage.of("list the routes", RTM_GETROUTE, NLM_F_DUMP)
                    .header(RTMSG_BYTES, part -> part.put(0, (byte) family));
            socket.dump(request).forEach(part -> routes.add(SavedMessage.of(part)));
        }
        return routes.stream();
    }

    private static boolean isMade(SavedMessage route) {
        int protocol = Byte.toUnsignedInt(route.bytes().get(PROTOCOL));
        return table(route) != RT_TABLE_LOCAL
                && (route.bytes().getInt(FLAGS) & RTM_F_CLONED) == 0
                && protocol != RTPROT_RA
                && (protocol != RTPROT_KERNEL || hasGateway(route));
    }

    private static boolean hasGateway(SavedMessage route) {
        Attributes attributes = attributes(route);
        return attributes.bytes(RTA_GATEWAY).isPresent()
                || attributes.bytes(RTA_VIA).isPresent();
    }

    private static int table(SavedMessage route) {
        return attributes(route)
                .number(RTA_TABLE)
                .orElse(Byte.toUnsignedInt(route.bytes().get(4)));
    }

    private static int interfaceOf(SavedMessage route) {
        return attributes(route).number(RTA_OIF).orElse(0);
    }

    /** Those of a route that has several (struct rtnexthop). */
    private static List<Integer> hops(SavedMessage route) {
        List<Integer> hops = new ArrayList<>();
        attributes(route).bytes(RTA_MULTIPATH).ifPresent(value -> {
            int start = 0;
            while (value.limit() - start >= 8) {
                hops.add(value.getInt(start + 4));
                start += Math.max(8, NetlinkMessage.aligned(Short.toUnsignedInt(value.getShort(start))));
            }
        });
        return hops;
    }

    private static String destination(SavedMessage route) {
        return attributes(route)
                .bytes(RTA_DST)
                .map(HeldRoutes::text)
                .map(address -> address + "/" + Byte.toUnsignedInt(route.bytes().get(PREFIX)))
                .orElse("default");
    }

    private static String text(ByteBuffer value) {
        return Addresses.address(value).getHostAddress();
    }

    private static Attributes attributes(SavedMessage route) {
        return route.attributes(RTMSG_BYTES);
    }
}
