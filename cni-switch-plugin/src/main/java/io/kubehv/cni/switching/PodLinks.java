package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.Links;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.NetlinkSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The interfaces of a port that a pod uses itself, and no VM: a pair, of which the pod's end has the name that was asked for, and the
 * port's MAC address and addresses.
 */
final class PodLinks implements PodSide {
    private final NodeNetwork network;
    private final PortLinks ports;

    PodLinks(NodeNetwork network, PortLinks ports) {
        this.network = network;
        this.ports = ports;
    }

    @Override
    public Link ensure(String link, SwitchPort port, Path namespacePath, Link bridge, SwitchConfiguration configuration)
            throws IOException, SwitchException {
        try (NetworkNamespace namespace = NetworkNamespace.open(namespacePath);
                NetlinkSocket inside = NetlinkSocket.route(namespace)) {
            Links podLinks = new Links(inside);
            boolean fresh = pair(link, port, namespace, bridge, configuration.mtu(), podLinks);
            Link host = network.links().get(link);
            ports.prepare(host, port, bridge, fresh);
            Link end = podLinks.get(port.device());
            MacAddress mac = new MacAddress(port.macAddress());
            if (!end.mac().equals(Optional.of(mac))) {
                podLinks.setMac(end.index(), mac);
            }
            if (end.mtu() != configuration.mtu()) {
                podLinks.setMtu(end.index(), configuration.mtu());
            }
            podLinks.switchOn(end.index());
            Addresses addresses = new Addresses(inside);
            for (Addresses.Assigned assigned : assigned(port, configuration)) {
                addresses.add(end.index(), assigned);
            }
            return host;
        }
    }

    /** Whether the pair was made by this call. */
    private boolean pair(String link, SwitchPort port, NetworkNamespace namespace, Link bridge, int mtu, Links podLinks)
            throws IOException, SwitchException {
        try {
            network.links().makeSilentVethPair(link, port.device(), namespace, mtu, bridge.index());
            return true;
        } catch (LinuxException e) {
            if (!e.isPresent()) {
                throw e;
            }
            if (network.links().find(link).isEmpty()) {
                throw new SwitchException.Conflict("the pod has an interface " + port.device()
                        + " that is not of the switch " + port.switchName() + "; let another name be asked for");
            }
        }
        // One whose pod's end is elsewhere is of no use to anybody.
        if (podLinks.find(port.device()).isPresent()) {
            return false;
        }
        network.deleteLink(link);
        network.links().makeSilentVethPair(link, port.device(), namespace, mtu, bridge.index());
        return true;
    }

    private static Set<Addresses.Assigned> assigned(SwitchPort port, SwitchConfiguration configuration) {
        Set<Addresses.Assigned> assigned = new HashSet<>();
        for (String text : port.addresses()) {
            InetAddress address = InetAddress.ofLiteral(text);
            configuration.subnets().stream()
                    .filter(subnet -> subnet.contains(address))
                    .map(Subnet::prefixLength)
                    .findFirst()
                    .ifPresent(length -> assigned.add(new Addresses.Assigned(address, length)));
        }
        return assigned;
    }

    @Override
    public Optional<String> damage(String link, SwitchPort port, Path namespacePath, Link bridge) throws IOException {
        Optional<String> ofNode = ports.damageOnNode(link, port, bridge);
        if (ofNode.isPresent()) {
            return ofNode;
        }
        try (NetworkNamespace namespace = NetworkNamespace.open(namespacePath);
                NetlinkSocket inside = NetlinkSocket.route(namespace)) {
            Optional<Link> end = new Links(inside).find(port.device());
            if (end.isEmpty()) {
                return Optional.of("the interface " + port.device() + " of the pod is gone");
            }
            if (!end.get().mac().equals(Optional.of(new MacAddress(port.macAddress())))) {
                return Optional.of(
                        "the interface " + port.device() + " of the pod has not the MAC address " + port.macAddress());
            }
            List<Addresses.Assigned> present =
                    new Addresses(inside).list(end.get().index());
            for (String address : port.addresses()) {
                InetAddress wanted = InetAddress.ofLiteral(address);
                if (present.stream().noneMatch(assigned -> assigned.address().equals(wanted))) {
                    return Optional.of("the interface " + port.device() + " of the pod has not the address " + address);
                }
            }
        }
        return Optional.empty();
    }

    // The pod's end goes with it.
    @Override
    public void remove(String link, SwitchPort port, Path namespacePath) throws IOException {
        network.deleteLink(link);
    }

    @Override
    public void removeAll(Collection<String> links, Path namespacePath) throws IOException {
        for (String link : links) {
            network.deleteLink(link);
        }
    }
}
