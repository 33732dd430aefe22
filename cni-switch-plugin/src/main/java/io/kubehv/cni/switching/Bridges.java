package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.ForwardingTable;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.MacAddress;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The bridges that switches are on this node, with their ways out of it. Each call makes what is missing and takes away what is too much. */
final class Bridges {
    /** RFC 7348: VXLAN's port. */
    private static final int VXLAN_PORT = 4789;

    private final NodeNetwork network;
    private final Uplinks uplinks;
    private final NodeAdapters adapters;

    Bridges(NodeNetwork network, Uplinks uplinks, NodeAdapters adapters) {
        this.network = network;
        this.uplinks = uplinks;
        this.adapters = adapters;
    }

    /** Makes the switch as it is configured, or changes it to that; returns its bridge. */
    synchronized Link ensure(SwitchConfiguration configuration) throws SwitchException {
        String name = LinkNames.bridge(configuration.name());
        try {
            uplinks.settle(configuration);
            Optional<Link> present = network.links().find(name);
            if (present.isEmpty()) {
                network.links().makeBridge(name, configuration.mtu(), mac(configuration));
            } else if (present.get().mtu() != configuration.mtu()) {
                network.links().setMtu(present.get().index(), configuration.mtu());
            }
            Link bridge = network.links().get(name);
            addresses(configuration, bridge);
            tunnel(configuration, bridge);
            adapters.ensure(configuration, bridge);
            uplinks.ensure(configuration, bridge);
            return bridge;
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't make the switch " + configuration.name() + ": " + e.getMessage(), e);
        }
    }

    /** Takes the switch away, and gives its uplink back to the node. */
    synchronized void remove(String switchName) throws SwitchException {
        try {
            uplinks.release(switchName);
            Optional<Link> bridge = network.links().find(LinkNames.bridge(switchName));
            for (Link link : network.links().list()) {
                if (bridge.isPresent()
                        && link.master() == bridge.get().index()
                        && link.name().startsWith(LinkNames.ADAPTER)) {
                    network.deleteLink(link.name());
                }
            }
            network.deleteLink(LinkNames.tunnel(switchName));
            network.deleteLink(LinkNames.bridge(switchName));
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't remove the switch " + switchName + ": " + e.getMessage(), e);
        }
    }

    /** Ends what an earlier life of this program was in the middle of. */
    synchronized void recover(Failures failures) {
        uplinks.recover(failures);
    }

    /** Gives back the uplinks of all switches but these. */
    synchronized void releaseUplinksExcept(Set<String> switchNames, Failures failures) {
        uplinks.releaseExcept(switchNames, failures);
    }

    /** The switches whose bridges have the node's own addresses. */
    Set<String> carrying() {
        return uplinks.carrying();
    }

    // On every node the same: a guest that moves finds its gateway where it was.
    private static MacAddress mac(SwitchConfiguration configuration) {
        int number = configuration
                .tunnel()
                .map(SwitchConfiguration.Tunnel::identifier)
                .orElse(configuration.name().hashCode() & 0xFFFFFF);
        return new MacAddress(
                "02:4b:48:%02x:%02x:%02x".formatted(number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF));
    }

    private void addresses(SwitchConfiguration configuration, Link bridge) throws IOException {
        if (configuration.type() == SwitchType.EXTERNAL) {
            return; // They are the uplink's affair.
        }
        Set<Addresses.Assigned> wanted = new HashSet<>();
        if (configuration.type() == SwitchType.INTERNAL) {
            for (Subnet subnet : configuration.subnets()) {
                if (subnet.vlan() != 0) {
                    continue;
                }
                wanted.add(new Addresses.Assigned(subnet.node(), subnet.prefixLength()));
                if (!subnet.isIpv4()) {
                    wanted.add(NodeAdapters.LINK_LOCAL);
                }
            }
        }
        network.setAddresses(bridge, wanted);
    }

    private void tunnel(SwitchConfiguration configuration, Link bridge) throws IOException {
        String name = LinkNames.tunnel(configuration.name());
        Optional<Link> present = network.links().find(name);
        if (configuration.tunnel().isEmpty()) {
            if (present.isPresent()) {
                network.deleteLink(name);
            }
            return;
        }
        SwitchConfiguration.Tunnel tunnel = configuration.tunnel().get();
        if (present.isEmpty()) {
            network.links()
                    .makeVxlan(
                            name, tunnel.identifier(), VXLAN_PORT, tunnel.local(), configuration.mtu(), bridge.index());
        } else if (present.get().mtu() != configuration.mtu()) {
            network.links().setMtu(present.get().index(), configuration.mtu());
        }
        Link vxlan = network.links().get(name);
        if (vxlan.master() != bridge.index()) {
            network.links().setMaster(vxlan.index(), bridge.index());
        }
        network.links().isolate(vxlan.index());
        remotes(vxlan, tunnel.remotes());
    }

    private void remotes(Link vxlan, Set<ForwardingTable.Remote> wanted) throws LinuxException {
        Set<ForwardingTable.Remote> missing = new HashSet<>(wanted);
        for (ForwardingTable.Remote present : network.forwarding().remotes(vxlan.index())) {
            if (!missing.remove(present)) {
                network.forwarding().remove(vxlan.index(), present);
            }
        }
        for (ForwardingTable.Remote remote : missing) {
            network.forwarding().add(vxlan.index(), remote);
        }
    }
}
