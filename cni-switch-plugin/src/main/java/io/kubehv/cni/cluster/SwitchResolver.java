package io.kubehv.cni.cluster;

import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.SwitchUplink;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.cni.netlink.ForwardingTable;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.switching.Subnet;
import io.kubehv.cni.switching.SwitchConfiguration;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;

/** What a VirtualSwitch is on one node. Pure: it knows what it is given. */
final class SwitchResolver {
    /** What VXLAN puts before a frame: its own header and those of UDP, IP and Ethernet (RFC 7348, section 5). */
    private static final int OVERHEAD_IPV4 = 50;

    private static final int OVERHEAD_IPV6 = 70;
    private static final int ORDINARY_MTU = 1500;

    private final String nodeName;
    private final Map<String, NodeFacts> nodes;
    private final int mtu;

    /**
     * The resolver of a node.
     *
     * @param nodes all nodes by their names
     * @param mtuOf the largest packet of the node's interface that has the address
     */
    SwitchResolver(String nodeName, Map<String, NodeFacts> nodes, ToIntFunction<InetAddress> mtuOf) {
        this.nodeName = nodeName;
        this.nodes = Map.copyOf(nodes);
        this.mtu = Optional.ofNullable(nodes.get(nodeName))
                .flatMap(NodeFacts::address)
                .map(mtuOf::applyAsInt)
                .orElse(ORDINARY_MTU);
    }

    /** A switch on this node; empty as long as the cluster has not said what it takes to make it. */
    Optional<SwitchConfiguration> resolve(VirtualSwitch virtualSwitch) {
        VirtualSwitchSpec spec = virtualSwitch.getSpec();
        Optional<SwitchConfiguration.Tunnel> tunnel = tunnel(virtualSwitch);
        if (isAcrossNodes(spec) && tunnel.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SwitchConfiguration(
                virtualSwitch.getMetadata().getName(),
                spec.type(),
                tunnel,
                uplink(spec),
                mtu(spec, tunnel),
                subnets(spec)));
    }

    /**
     * Why the switch can't be as its spec says; empty: it can.
     *
     * @param configuration what {@link #resolve} made of it
     */
    Optional<String> contradiction(VirtualSwitch virtualSwitch, SwitchConfiguration configuration) {
        Integer asked = virtualSwitch.getSpec().mtu();
        int room = room(configuration.tunnel());
        if (asked != null && asked > room) {
            return Optional.of("spec.mtu is " + asked + ", but between nodes at most " + room
                    + " bytes fit; lower it, or raise the MTU of the nodes' own network");
        }
        if (configuration.type() == SwitchType.EXTERNAL
                && configuration.uplink().isEmpty()) {
            return Optional.of(
                    "no entry of spec.uplinks selects this node; add one, or keep its VMs off it by spec.nodeSelector");
        }
        return Optional.empty();
    }

    private static boolean isAcrossNodes(VirtualSwitchSpec spec) {
        return spec.type() != SwitchType.EXTERNAL && spec.scope() != SwitchScope.NODE;
    }

    private Optional<SwitchConfiguration.Tunnel> tunnel(VirtualSwitch virtualSwitch) {
        Integer identifier = virtualSwitch.getStatus() == null
                ? null
                : virtualSwitch.getStatus().networkIdentifier();
        Optional<InetAddress> local = Optional.ofNullable(nodes.get(nodeName)).flatMap(NodeFacts::address);
        if (!isAcrossNodes(virtualSwitch.getSpec()) || identifier == null || local.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new SwitchConfiguration.Tunnel(identifier, local.get(), remotes(virtualSwitch, local.get())));
    }

    // Frames for all go to every node: one that has no port on the switch drops them. A guest's own go to its node
    // alone.
    private Set<ForwardingTable.Remote> remotes(VirtualSwitch virtualSwitch, InetAddress local) {
        Set<ForwardingTable.Remote> remotes = new HashSet<>();
        for (NodeFacts node : nodes.values()) {
            node.address()
                    .filter(address -> !node.name().equals(nodeName) && sameFamily(address, local))
                    .ifPresent(address -> {
                        remotes.add(new ForwardingTable.Remote(MacAddress.NOBODY, address));
                        ports(virtualSwitch, node.name())
                                .forEach(port -> remotes.add(
                                        new ForwardingTable.Remote(new MacAddress(port.macAddress()), address)));
                    });
        }
        return remotes;
    }

    private static boolean sameFamily(InetAddress one, InetAddress other) {
        return one.getAddress().length == other.getAddress().length;
    }

    private static List<SwitchNodePort> ports(VirtualSwitch virtualSwitch, String node) {
        List<SwitchNode> nodes = virtualSwitch.getStatus().nodes();
        return nodes == null
                ? List.of()
                : nodes.stream()
                        .filter(entry -> entry.name().equals(node))
                        .map(SwitchNode::ports)
                        .filter(ports -> ports != null)
                        .flatMap(Collection::stream)
                        .toList();
    }

    private Optional<SwitchConfiguration.Uplink> uplink(VirtualSwitchSpec spec) {
        if (spec.type() != SwitchType.EXTERNAL || spec.uplinks() == null) {
            return Optional.empty();
        }
        Map<String, String> labels =
                nodes.containsKey(nodeName) ? nodes.get(nodeName).labels() : Map.of();
        return spec.uplinks().stream()
                .filter(uplink -> selects(uplink, labels))
                .findFirst()
                .map(uplink -> new SwitchConfiguration.Uplink(
                        uplink.interfaceName(),
                        !Boolean.FALSE.equals(spec.allowManagementOS()),
                        Boolean.TRUE.equals(uplink.acceptPrimaryInterface())));
    }

    private static boolean selects(SwitchUplink uplink, Map<String, String> labels) {
        return uplink.nodeSelector() == null
                || labels.entrySet().containsAll(uplink.nodeSelector().entrySet());
    }

    private int mtu(VirtualSwitchSpec spec, Optional<SwitchConfiguration.Tunnel> tunnel) {
        int room = room(tunnel);
        return spec.mtu() == null ? room : Math.min(spec.mtu(), room);
    }

    private int room(Optional<SwitchConfiguration.Tunnel> tunnel) {
        return tunnel.map(between -> mtu - (between.local() instanceof Inet6Address ? OVERHEAD_IPV6 : OVERHEAD_IPV4))
                .orElse(ORDINARY_MTU);
    }

    private static List<Subnet> subnets(VirtualSwitchSpec spec) {
        return spec.subnets() == null
                ? List.of()
                : spec.subnets().stream().map(SwitchResolver::subnet).toList();
    }

    private static Subnet subnet(SwitchSubnet subnet) {
        return Subnet.of(
                subnet.cidr(),
                subnet.dhcp() != null,
                Boolean.TRUE.equals(subnet.gateway()),
                Boolean.TRUE.equals(subnet.nat()),
                subnet.dns() == null
                        ? List.of()
                        : subnet.dns().stream().map(InetAddress::ofLiteral).toList());
    }
}
