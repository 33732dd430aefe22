package io.kubehv.cni.switching;

import java.io.IOException;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Whether the node passes on what guests send their gateways. It is the node's own setting: with IPv6, turning it on takes from a node
 * the addresses that it has by router advertisements, unless its administrator says otherwise.
 */
final class GatewayCheck {
    private static final Logger LOG = Logger.getLogger(GatewayCheck.class.getName());

    private GatewayCheck() {}

    /** What is wrong, and what to do; empty: nothing. */
    static Optional<String> problem(NodeNetwork network, SwitchConfiguration configuration) {
        return configuration.subnets().stream()
                .filter(subnet -> subnet.gateway() || subnet.nat())
                .filter(subnet -> !forwards(network, subnet.isIpv4()))
                .map(subnet ->
                        "the gateway " + subnet.node().getHostAddress() + " leads nowhere, for this node passes on no"
                                + " packets of " + (subnet.isIpv4() ? "IPv4" : "IPv6") + "; set the sysctl "
                                + (subnet.isIpv4()
                                        ? "net.ipv4.ip_forward=1"
                                        : "net.ipv6.conf.all.forwarding=1 (and accept_ra=2 for an interface that has its address by"
                                                + " router advertisements)")
                                + " on the node, or leave gateway and nat out of the subnet")
                .findFirst();
    }

    private static boolean forwards(NodeNetwork network, boolean ipv4) {
        try {
            return network.forwards(ipv4);
        } catch (IOException e) {
            LOG.log(Level.WARNING, e, () -> "whether the node passes packets on can't be asked for");
            return true;
        }
    }
}
