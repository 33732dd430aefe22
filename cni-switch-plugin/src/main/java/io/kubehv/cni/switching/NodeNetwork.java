package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.BpfMap;
import io.kubehv.cni.linux.Forwarding;
import io.kubehv.cni.linux.Ipv6;
import io.kubehv.cni.linux.LinkSpeed;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.TcpReach;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.ForwardingTable;
import io.kubehv.cni.netlink.HeldAddresses;
import io.kubehv.cni.netlink.HeldRoutes;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.Links;
import io.kubehv.cni.netlink.NetlinkSocket;
import io.kubehv.cni.netlink.NftElements;
import io.kubehv.cni.netlink.ShareQueue;
import io.kubehv.cni.netlink.TrafficControl;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The network of the node, and the programs that act on it. Safe for several threads. */
public final class NodeNetwork implements AutoCloseable {
    /** linux/netfilter.h: NFPROTO_BRIDGE. */
    private static final int NFPROTO_BRIDGE = 7;

    private static final int PROGRAM_SECONDS = 30;
    private static final int ORDINARY_MTU = 1500;
    private static final Logger LOG = Logger.getLogger(NodeNetwork.class.getName());

    private final Optional<NetworkNamespace> namespace;
    private final NetlinkSocket route;
    private final NetlinkSocket netfilter;

    private NodeNetwork(Optional<NetworkNamespace> namespace, NetlinkSocket route, NetlinkSocket netfilter) {
        this.namespace = namespace;
        this.route = route;
        this.netfilter = netfilter;
    }

    /** That of this program, which runs in the node's. */
    public static NodeNetwork own() throws IOException {
        return new NodeNetwork(Optional.empty(), NetlinkSocket.route(), NetlinkSocket.netfilter());
    }

    /** Another namespace that plays the node. Whoever opened it closes it. */
    public static NodeNetwork of(NetworkNamespace namespace) throws IOException {
        return new NodeNetwork(
                Optional.of(namespace), NetlinkSocket.route(namespace), NetlinkSocket.netfilter(namespace));
    }

    Links links() {
        return new Links(route);
    }

    ForwardingTable forwarding() {
        return new ForwardingTable(route);
    }

    Addresses addresses() {
        return new Addresses(route);
    }

    HeldAddresses heldAddresses() {
        return new HeldAddresses(route);
    }

    HeldRoutes heldRoutes() {
        return new HeldRoutes(route);
    }

    TrafficControl trafficControl() {
        return new TrafficControl(route);
    }

    /** An empty table of this network's interfaces, for programs. */
    BpfMap interfaceTable(String name, int most) throws LinuxException {
        return BpfMap.interfaces(name, most, namespace);
    }

    ShareQueue shareQueue() {
        return new ShareQueue(route);
    }

    /** Gives an interface these addresses and no others. */
    void setAddresses(Link link, Set<Addresses.Assigned> wanted) throws IOException {
        if (wanted.stream().anyMatch(each -> each.address() instanceof Inet6Address)) {
            Ipv6.allow(namespace, link.name());
        }
        addresses().replace(link.index(), wanted);
    }

    /** Whether it passes on packets that are not for itself, of IPv4 or else of IPv6. */
    boolean forwards(boolean ipv4) throws IOException {
        return Forwarding.isOn(namespace, ipv4);
    }

    /** What the interface says that it carries, in bits a second. */
    OptionalLong speedOf(String link) {
        try {
            return LinkSpeed.of(namespace, link);
        } catch (IOException e) {
            LOG.log(Level.WARNING, e, () -> "the speed of " + link + " can't be asked for");
            return OptionalLong.empty();
        }
    }

    /** What the interface that has the address says that it carries, in bits a second. */
    OptionalLong speedOf(InetAddress address) {
        return holder(address).map(link -> speedOf(link.name())).orElse(OptionalLong.empty());
    }

    private Optional<Link> holder(InetAddress address) {
        try {
            Optional<Integer> index = addresses().holder(address);
            return index.isEmpty()
                    ? Optional.empty()
                    : links().list().stream()
                            .filter(link -> link.index() == index.get())
                            .findFirst();
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, e, () -> "the interface that has " + address.getHostAddress() + " can't be found");
            return Optional.empty();
        }
    }

    NftElements elements() {
        return new NftElements(netfilter, NFPROTO_BRIDGE, Ruleset.TABLE);
    }

    /** The largest packet, in bytes, of the interface that has the address; 1500 where none has it. */
    int mtuOf(InetAddress address) {
        return holder(address).map(Link::mtu).orElse(ORDINARY_MTU);
    }

    /** The largest packet, in bytes, of the interface of this name; 1500 where there is none. */
    int mtuOf(String link) {
        try {
            return links().find(link).map(Link::mtu).orElse(ORDINARY_MTU);
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, e, () -> "taking the MTU of " + link + " for " + ORDINARY_MTU);
            return ORDINARY_MTU;
        }
    }

    /** Whether one of the addresses is listened at, told by connecting to it from this network. */
    boolean reaches(List<InetSocketAddress> endpoints, Duration patience) throws IOException {
        for (InetSocketAddress endpoint : endpoints) {
            if (TcpReach.of(namespace, endpoint, patience)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Deletes an interface by a socket of its own: it takes the kernel some tens of milliseconds, for which nobody else
     * should wait.
     */
    void deleteLink(String name) throws IOException {
        try (NetlinkSocket socket =
                namespace.isPresent() ? NetlinkSocket.route(namespace.get()) : NetlinkSocket.route()) {
            new Links(socket).delete(name);
        }
    }

    /** What a program prints that acts on this network. */
    String run(String input, String... command) throws SwitchException {
        String program = String.join(" ", command);
        try {
            Process process = new ProcessBuilder(placed(command))
                    .redirectErrorStream(true)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new SwitchException.SystemFailure(
                        program + " did not end within " + PROGRAM_SECONDS + " s: " + output, null);
            }
            if (process.exitValue() != 0) {
                throw new SwitchException.SystemFailure(
                        program + " ended with status " + process.exitValue() + ": " + output.strip(), null);
            }
            return output;
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't run " + program + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SwitchException.SystemFailure("interrupted while " + program + " ran", e);
        }
    }

    /** The command as it is started so that it acts on this network. */
    List<String> placed(String... command) {
        List<String> all = new ArrayList<>();
        namespace.ifPresent(place -> all.addAll(List.of("nsenter", "--net=" + place)));
        all.addAll(List.of(command));
        return all;
    }

    @Override
    public void close() throws IOException {
        try (route;
                netfilter) {
            // Both are closed whatever becomes of one.
        }
    }
}
