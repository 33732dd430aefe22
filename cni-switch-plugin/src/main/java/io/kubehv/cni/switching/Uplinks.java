package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.Link;
import java.io.IOException;
import java.util.Optional;

/** The node's interfaces that External switches have. */
final class Uplinks {
    private final NodeNetwork network;

    Uplinks(NodeNetwork network) {
        this.network = network;
    }

    /** Makes the uplink a port of the switch's bridge, with what it was for the node. */
    void ensure(SwitchConfiguration configuration, Link bridge) throws IOException, SwitchException {
        if (configuration.uplink().isEmpty()) {
            return;
        }
        String name = configuration.uplink().get().link();
        Optional<Link> uplink = network.links().find(name);
        if (uplink.isEmpty()) {
            throw new SwitchException.TryAgainLater("switch " + configuration.name() + ": this node has no interface "
                    + name + "; name one that it has in spec.uplinks");
        }
        if (uplink.get().master() != 0 && uplink.get().master() != bridge.index()) {
            throw new SwitchException.Conflict("switch " + configuration.name() + ": the interface " + name
                    + " is a port of another bridge; name another interface in spec.uplinks");
        }
        if (uplink.get().master() == 0) {
            refuseTheNodesOwn(configuration.name(), uplink.get());
            network.links().setMaster(uplink.get().index(), bridge.index());
            network.links().switchOn(uplink.get().index());
        }
    }

    // The node would lose what it reaches by them.
    private void refuseTheNodesOwn(String switchName, Link uplink) throws IOException, SwitchException {
        for (Addresses.Assigned assigned : network.addresses().list(uplink.index())) {
            if (!assigned.address().isLinkLocalAddress()) {
                throw new SwitchException.Conflict("switch " + switchName + ": the node has the address "
                        + assigned.address().getHostAddress() + " on the interface " + uplink.name()
                        + " and would lose it; name an interface without addresses in spec.uplinks");
            }
        }
    }

    /** Gives back the uplink that the switch has. */
    void release(String switchName) throws IOException {
        Optional<Link> bridge = network.links().find(LinkNames.bridge(switchName));
        if (bridge.isEmpty()) {
            return;
        }
        for (Link link : network.links().list()) {
            if (link.master() == bridge.get().index() && !link.name().startsWith(LinkNames.TUNNEL)) {
                network.links().setMaster(link.index(), 0);
            }
        }
    }
}
