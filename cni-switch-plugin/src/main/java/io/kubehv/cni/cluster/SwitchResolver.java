package io.kubehv.cni.cluster;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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
    private final NodeFacts own;
    private final ToIntFunction<String> mtuOfLink;
    private final int mtu;

    /**
     * The resolver of a node.
     *
     * @param nodes all nodes by their names
     * @param mtuOf the largest packet of the node's interface that has the address
     * @param mtuOfLink the largest packet of the node's interface of the name
     */
    SwitchResolver(
            String nodeName,
            Map<String, NodeFacts> nodes,
            ToIntFunction<InetAddress> mtuOf,
            ToIntFunction<String> mtuOfLink) {
        this.nodeName = nodeName;
        this.nodes = Map.copyOf(nodes);
        // Before it is known, nothing selects by its labels, and nobody knows its address.
        this.own = nodes.getOrDefault(nodeName, new NodeFacts(nodeName, Map.of(), Optional.empty()));
        this.mtuOfLink = mtuOfLink;
        this.mtu = own.address().map(mtuOf::applyAsInt).orElse(ORDINARY_MTU);
    }

    /** A switch on this node; empty as long as the cluster has not said what it takes to make it. */
    Optional<SwitchConfiguration> resolve(VirtualSwitch virtualSwitch) {
        VirtualSwitchSpec spec = virtualSwitch.getSpec();
        Optional<SwitchConfiguration.Tunnel> tunnel = tunnel(virtualSwitch);
        if (isAcrossNodes(spec) && tunnel.isEmpty()) {
            return Optional.empty();
        }
        Optional<SwitchConfiguration.Uplink> uplink = uplink(virtualSwitch);
        return Optional.of(new SwitchConfiguration(
                virtualSwitch.getMetadata().getName(),
                spec.type(),
                tunnel,
                uplink,
                mtu(spec, room(tunnel, uplink)),
                subnets(virtualSwitch),
                sharing(spec)));
    }

    /**
     * Why the switch can't be as its spec says; empty: it can.
     *
     * @param configuration what {@link #resolve} made of it
     */
    Optional<String> contradiction(VirtualSwitch virtualSwitch, SwitchConfiguration configuration) {
        Integer asked = virtualSwitch.getSpec().mtu();
        int room = room(configuration.tunnel(), configuration.uplink());
        if (asked != null && asked > room) {
            return Optional.of("spec.mtu is " + asked + ", but "
                    + configuration
                            .uplink()
                            .map(uplink -> "by " + uplink.link())
                            .orElse("between nodes")
                    + " at most " + room + " bytes fit; lower it, or raise the MTU of the nodes' own network");
        }
        Optional<String> ranges = new PodRanges(virtualSwitch, nodes).contradiction();
        if (ranges.isPresent()) {
            return ranges;
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
        Optional<InetAddress> local = own.address();
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

    private Optional<SwitchConfiguration.Uplink> uplink(VirtualSwitch virtualSwitch) {
        VirtualSwitchSpec spec = virtualSwitch.getSpec();
        if (spec.type() != SwitchType.EXTERNAL || spec.uplinks() == null) {
            return Optional.empty();
        }
        return spec.uplinks().stream()
                .filter(uplink -> own.fits(uplink.nodeSelector()))
                .findFirst()
                .map(uplink -> new SwitchConfiguration.Uplink(
                        uplink.interfaceName(),
                        !Boolean.FALSE.equals(spec.allowManagementOS()),
                        Boolean.TRUE.equals(uplink.acceptPrimaryInterface()),
                        own.address(),
                        virtualSwitch.getMetadata().getUid() + "/" + generation(virtualSwitch),
                        givenBack(virtualSwitch)));
    }

    private static long generation(VirtualSwitch virtualSwitch) {
        Long generation = virtualSwitch.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }

    // What was tried before the node's last start, only the cluster remembers.
    private Optional<String> givenBack(VirtualSwitch virtualSwitch) {
        if (virtualSwitch.getStatus() == null || virtualSwitch.getStatus().nodes() == null) {
            return Optional.empty();
        }
        return virtualSwitch.getStatus().nodes().stream()
                .filter(entry -> entry.name().equals(nodeName)
                        && Objects.equals(entry.givenBackGeneration(), generation(virtualSwitch)))
                .map(entry -> String.valueOf(entry.message()))
                .findFirst();
    }

    private static int mtu(VirtualSwitchSpec spec, int room) {
        return spec.mtu() == null ? room : Math.min(spec.mtu(), room);
    }

    private int room(Optional<SwitchConfiguration.Tunnel> tunnel, Optional<SwitchConfiguration.Uplink> uplink) {
        return tunnel.map(between -> mtu - (between.local() instanceof Inet6Address ? OVERHEAD_IPV6 : OVERHEAD_IPV4))
                .or(() -> uplink.map(SwitchConfiguration.Uplink::link).map(mtuOfLink::applyAsInt))
                .orElse(ORDINARY_MTU);
    }

    private static SwitchConfiguration.Sharing sharing(VirtualSwitchSpec spec) {
        return new SwitchConfiguration.Sharing(
                spec.minimumBandwidthMode() == null ? MinimumBandwidthMode.WEIGHT : spec.minimumBandwidthMode(),
                spec.uplinkBandwidth() == null
                        ? OptionalLong.empty()
                        : OptionalLong.of(Quantity.getAmountInBytes(spec.uplinkBandwidth())
                                .longValue()));
    }

    private List<Subnet> subnets(VirtualSwitch virtualSwitch) {
        List<SwitchSubnet> subnets = virtualSwitch.getSpec().subnets();
        if (subnets == null) {
            return List.of();
        }
        PodRanges ranges = new PodRanges(virtualSwitch, nodes);
        return subnets.stream()
                .map(subnet -> subnet(subnet, ranges.of(subnet, nodeName)))
                .toList();
    }

    private static Subnet subnet(SwitchSubnet subnet, Optional<Subnet.Range> pods) {
        return Subnet.of(subnet.cidr())
                .in(subnet.vlan() == null ? 0 : subnet.vlan())
                .withDhcp(
                        subnet.dhcp() != null,
                        subnet.dns() == null
                                ? List.of()
                                : subnet.dns().stream()
                                        .map(InetAddress::ofLiteral)
                                        .toList())
                .passedOn(Boolean.TRUE.equals(subnet.gateway()), Boolean.TRUE.equals(subnet.nat()))
                .withPods(pods);
    }
}
