package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Addresses;
import io.kubehv.cni.netlink.HeldAddresses;
import io.kubehv.cni.netlink.HeldRoutes;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.SavedMessage;
import io.kubehv.cni.switching.SwitchConfiguration.Uplink;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** Why an uplink with addresses of the node's is not taken. */
final class UplinkRefusal {
    private UplinkRefusal() {}

    /** Returns where it may be taken. */
    static void check(
            NodeNetwork network, UplinkTrial trial, UplinkJournal journal, String switchName, Uplink wanted, Link link)
            throws IOException, SwitchException {
        String about = "switch " + switchName + ": ";
        Optional<String> tried = journal.refusal(switchName, wanted.revision()).or(wanted::givenBack);
        if (tried.isPresent()) {
            throw new SwitchException.UplinkGivenBack(tried.get());
        }
        if (!wanted.shared()) {
            throw new SwitchException.Conflict(about + "the node has " + addresses(network, link) + " on the interface "
                    + link.name()
                    + " and would lose it; set spec.allowManagementOS, by which it moves to the switch, or"
                    + " name an interface without addresses in spec.uplinks");
        }
        for (SavedMessage address : network.heldAddresses().of(link.index())) {
            Addresses.Assigned assigned = HeldAddresses.assigned(address);
            if (!assigned.address().isLinkLocalAddress() && HeldAddresses.isLeased(address)) {
                throw new SwitchException.Conflict(about + "the node has the address "
                        + assigned.address().getHostAddress() + " on the interface " + link.name()
                        + " by DHCP or router advertisements, and whoever renews it does not know the switch; give the"
                        + " node a fixed address, or name another interface in spec.uplinks");
            }
        }
        List<String> shared = network.heldRoutes().shared(link.index());
        if (!shared.isEmpty()) {
            throw new SwitchException.Conflict(about + "the node's route to " + shared.getFirst()
                    + " is by several interfaces of which " + link.name()
                    + " is one, and can't be moved; remove it, or name another interface in spec.uplinks");
        }
        List<String> tunnels = network.links().vxlansOver(link.index());
        if (!tunnels.isEmpty()) {
            throw new SwitchException.Conflict(about + "the VXLAN " + tunnels.getFirst() + " sends by the interface "
                    + link.name() + " alone and would be cut off; name another interface in spec.uplinks");
        }
        if (isPrimary(network, trial, wanted, link)) {
            checkPrimary(trial, about, wanted, link);
        }
    }

    private static void checkPrimary(UplinkTrial trial, String about, Uplink wanted, Link link)
            throws IOException, SwitchException {
        if (!wanted.acceptPrimary()) {
            throw new SwitchException.Conflict(about + "the node's default route or its way to the API server is by "
                    + link.name()
                    + ", and it might be cut off; set acceptPrimaryInterface at the uplink, or name another"
                    + " interface in spec.uplinks");
        }
        if (!trial.isReached()) {
            throw new SwitchException.TryAgainLater(
                    about + "the node does not reach its API server now, and its primary" + " interface " + link.name()
                            + " is taken only while it does; tried again");
        }
    }

    /** Whether the node hangs on the interface. */
    static boolean isPrimary(NodeNetwork network, UplinkTrial trial, Uplink wanted, Link link) throws IOException {
        if (network.heldRoutes().of(link.index()).stream().anyMatch(HeldRoutes::isDefault)) {
            return true;
        }
        Optional<InetAddress> own = wanted.nodeAddress();
        if (own.isPresent()
                && network.addresses().list(link.index()).stream()
                        .anyMatch(assigned -> assigned.address().equals(own.get()))) {
            return true;
        }
        if (trial.apiServer().isPresent()) {
            for (InetAddress address : trial.apiServer().get().addresses()) {
                if (network.heldRoutes().way(address).equals(Optional.of(link.index()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String addresses(NodeNetwork network, Link link) throws IOException {
        return network.addresses().list(link.index()).stream()
                .map(Addresses.Assigned::address)
                .filter(address -> !address.isLinkLocalAddress())
                .findFirst()
                .map(address -> "the address " + address.getHostAddress())
                .orElse("addresses");
    }
}
