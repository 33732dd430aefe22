package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.PrivateVlanMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.Links;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.NetlinkSocket;
import io.kubehv.cni.netlink.TrafficControl;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The node's own adapters on a switch, beside its bridge, which has what frames without a tag bring: one for each VLAN that has
 * addresses, as the management OS's adapter in Hyper-V can be in a VLAN; and on a Private switch the one of its DHCP server, which is in
 * a namespace of its own, so that nothing of the node is behind it. Each node answers for itself: no frame passes between such an
 * adapter and another node.
 */
final class NodeAdapters {
    /** What router advertisements come from. */
    static final Addresses.Assigned LINK_LOCAL = new Addresses.Assigned(InetAddress.ofLiteral("fe80::1"), 64);

    private static final int TAGGING = 10;
    private static final int GROUP = 0x4B57;

    private final NodeNetwork network;
    private final PortJournal journal;

    /** What the ports of the adapters are told of VLANs, by their names. */
    private final Map<String, Vlan> told = new HashMap<>();

    NodeAdapters(NodeNetwork network, PortJournal journal) {
        this.network = network;
        this.journal = journal;
    }

    /** The VLANs that an Internal switch's node has adapters in. */
    private static Set<Integer> vlans(SwitchConfiguration configuration) {
        return configuration.type() != SwitchType.INTERNAL
                ? Set.of()
                : configuration.subnets().stream()
                        .map(Subnet::vlan)
                        .filter(vlan -> vlan != 0)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The VLANs in which a Private switch's DHCP server answers; 0: without a tag. */
    static Set<Integer> served(SwitchConfiguration configuration) {
        return configuration.type() != SwitchType.PRIVATE
                ? Set.of()
                : configuration.subnets().stream()
                        .filter(Subnet::dhcp)
                        .map(Subnet::vlan)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names of the interfaces that a switch may have by this. */
    static Set<String> linkNames(SwitchConfiguration configuration) {
        Set<String> names = new HashSet<>();
        vlans(configuration).forEach(vlan -> {
            names.add(LinkNames.adapter(configuration.name(), vlan));
            names.add(LinkNames.own(configuration.name(), vlan));
        });
        served(configuration).forEach(vlan -> names.add(LinkNames.adapter(configuration.name(), vlan)));
        return names;
    }

    /** The name of the interface of the node that a subnet's first address is on. */
    static String holder(SwitchConfiguration configuration, Subnet subnet) {
        return subnet.vlan() == 0 && configuration.type() == SwitchType.INTERNAL
                ? LinkNames.bridge(configuration.name())
                : LinkNames.own(configuration.name(), subnet.vlan());
    }

    /** Makes those of an Internal switch. */
    synchronized void ensure(SwitchConfiguration configuration, Link bridge) throws IOException, SwitchException {
        for (int vlan : vlans(configuration)) {
            String own = LinkNames.own(configuration.name(), vlan);
            Optional<Link> present = network.links().find(own);
            String port = LinkNames.adapter(configuration.name(), vlan);
            if (present.isEmpty() || network.links().find(port).isEmpty()) {
                network.deleteLink(port);
                network.links().makeVethPair(port, own, configuration.mtu(), bridge.index());
                told.remove(port);
            }
            network.setAddresses(switchedOn(network.links(), configuration, vlan), addresses(configuration, vlan));
            attach(configuration, vlan, bridge);
        }
    }

    /** Makes those of a Private switch's DHCP server, in its namespace. */
    synchronized void ensure(SwitchConfiguration configuration, NetworkNamespace server)
            throws IOException, SwitchException {
        Link bridge = network.links().get(LinkNames.bridge(configuration.name()));
        try (NetlinkSocket inside = NetlinkSocket.route(server)) {
            for (int vlan : served(configuration)) {
                String port = LinkNames.adapter(configuration.name(), vlan);
                network.deleteLink(port);
                network.links()
                        .makeVethPair(
                                port,
                                LinkNames.own(configuration.name(), vlan),
                                server,
                                configuration.mtu(),
                                bridge.index());
                told.remove(port);
                Link own = switchedOn(new Links(inside), configuration, vlan);
                new Addresses(inside).replace(own.index(), addresses(configuration, vlan));
                attach(configuration, vlan, bridge);
            }
        }
    }

    /** Ports have come or gone: the adapters reach those of private VLANs, too. */
    synchronized void portsChanged(SwitchConfiguration configuration) throws SwitchException {
        Set<Integer> all = new HashSet<>(vlans(configuration));
        all.addAll(served(configuration));
        try {
            for (int vlan : all) {
                String name = LinkNames.adapter(configuration.name(), vlan);
                Optional<Vlan> news = untold(name, configuration, vlan);
                if (news.isPresent()) {
                    Optional<Link> port = network.links().find(name);
                    if (port.isPresent()) {
                        tag(port.get(), news.get());
                    }
                }
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't let the node's adapters reach the ports of switch " + configuration.name() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static Link switchedOn(Links links, SwitchConfiguration configuration, int vlan) throws IOException {
        Link own = links.get(LinkNames.own(configuration.name(), vlan));
        MacAddress mac = mac(configuration, vlan);
        if (!own.mac().equals(Optional.of(mac))) {
            links.setMac(own.index(), mac);
        }
        links.switchOn(own.index(), configuration.mtu(), GROUP);
        return own;
    }

    private static Set<Addresses.Assigned> addresses(SwitchConfiguration configuration, int vlan) {
        Set<Addresses.Assigned> wanted = new HashSet<>();
        for (Subnet subnet : configuration.subnets()) {
            if (subnet.vlan() == vlan) {
                wanted.add(new Addresses.Assigned(subnet.node(), subnet.prefixLength()));
                if (!subnet.isIpv4()) {
                    wanted.add(LINK_LOCAL);
                }
            }
        }
        return wanted;
    }

    // On every node the same, as the bridge's.
    private static MacAddress mac(SwitchConfiguration configuration, int vlan) {
        return MacAddress.derived(configuration.name() + "/" + vlan);
    }

    private void attach(SwitchConfiguration configuration, int vlan, Link bridge) throws IOException, SwitchException {
        Link port = network.links().get(LinkNames.adapter(configuration.name(), vlan));
        if (port.mtu() != configuration.mtu()) {
            network.links().setMtu(port.index(), configuration.mtu());
        }
        Optional<Vlan> news = untold(port.name(), configuration, vlan);
        if (news.isPresent()) {
            tag(port, news.get());
        }
        if (port.master() != bridge.index()) {
            network.links().setMaster(port.index(), bridge.index());
        }
        network.links().setPort(port.index(), false, false);
        network.links().isolate(port.index());
        network.forwarding().bind(port.index(), mac(configuration, vlan));
    }

    /** What the port of this name is yet to be told; empty: nothing. */
    private Optional<Vlan> untold(String port, SwitchConfiguration configuration, int vlan) {
        return vlan == 0
                ? Optional.empty()
                : Optional.of(among(vlan, journal.portsOn(configuration.name())))
                        .filter(wanted -> !wanted.equals(told.get(port)));
    }

    private void tag(Link port, Vlan wanted) throws IOException, SwitchException {
        TrafficControl control = network.trafficControl();
        control.decide(port.index(), TrafficControl.Direction.INGRESS, TAGGING, VlanTagging.fromGuest(wanted));
        control.decide(port.index(), TrafficControl.Direction.EGRESS, TAGGING, VlanTagging.toGuest(wanted));
        told.put(port.name(), wanted);
    }

    /** As a promiscuous one where the VLAN is a private one's primary. */
    private static Vlan among(int vlan, List<SwitchPort> ports) {
        String secondaries = ports.stream()
                .map(SwitchPort::vlan)
                .filter(other -> other != null
                        && other.privateVlan() != null
                        && other.privateVlan().primary() == vlan
                        && other.privateVlan().secondary() != null)
                .map(other -> other.privateVlan().secondary())
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(","));
        return secondaries.isEmpty()
                ? new Vlan(new Vlan.AccessVlan(vlan), null, null)
                : new Vlan(null, null, new Vlan.PrivateVlan(PrivateVlanMode.PROMISCUOUS, vlan, null, secondaries));
    }
}
