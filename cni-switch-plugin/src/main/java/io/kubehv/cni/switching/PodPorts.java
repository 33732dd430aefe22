package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.switching.PortService.Attachment;
import io.kubehv.cni.switching.PortService.PodNetwork;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What pods get that use a switch themselves: a MAC address, and addresses of those that the switch keeps for this node's pods. */
final class PodPorts {
    private final PortJournal journal;

    PodPorts(PortJournal journal) {
        this.journal = journal;
    }

    /** The port of a pod; what it has had before, it gets again. The caller has put it into the journal before he asks for another. */
    PortRecord of(Attachment attachment, PodNetwork network, SwitchConfiguration configuration) throws SwitchException {
        PortRecord fresh = new PortRecord(attachment, List.of(), network.network());
        Optional<SwitchPort> before = journal.find(fresh.key()).stream()
                .flatMap(record -> record.ports().stream())
                .filter(port -> port.switchName().equals(network.switchName()))
                .findFirst();
        String mac = network.macAddress() != null
                ? new MacAddress(network.macAddress()).text()
                : MacAddress.derived(attachment.containerId() + "/" + attachment.interfaceName())
                        .text();
        List<String> addresses = new ArrayList<>();
        for (Subnet subnet : subnets(configuration, network.vlan())) {
            Optional<String> kept = before.stream()
                    .flatMap(port -> port.addresses().stream())
                    .filter(address -> subnet.contains(InetAddress.ofLiteral(address)))
                    .findFirst();
            addresses.add(kept.isPresent() ? kept.get() : next(subnet, network));
        }
        return new PortRecord(attachment, List.of(port(attachment, network, mac, addresses)), network.network());
    }

    /** The subnets that pods in a VLAN of the switch have addresses of. */
    static List<Subnet> subnets(SwitchConfiguration configuration, int vlan) {
        return configuration.subnets().stream()
                .filter(subnet -> subnet.vlan() == vlan)
                .toList();
    }

    private String next(Subnet subnet, PodNetwork network) throws SwitchException {
        String about = "switch " + network.switchName() + ": ";
        if (subnet.pods().isEmpty()) {
            throw new SwitchException.InvalidConfiguration(about + "it keeps no addresses of "
                    + subnet.network().getHostAddress() + "/" + subnet.prefixLength()
                    + " for pods on this node; add some to the subnet's podRanges");
        }
        Set<InetAddress> taken = new HashSet<>();
        journal.portsOn(network.switchName())
                .forEach(port -> port.addresses().forEach(address -> taken.add(InetAddress.ofLiteral(address))));
        return subnet.nextForPods(taken::contains)
                .map(InetAddress::getHostAddress)
                .orElseThrow(
                        () -> new SwitchException.TryAgainLater(about + "all addresses that it keeps for pods on this"
                                + " node are taken; widen the range in the subnet's podRanges"));
    }

    // Guarded as a VM's is, by default.
    private static SwitchPort port(Attachment attachment, PodNetwork network, String mac, List<String> addresses) {
        return new SwitchPort(
                attachment.interfaceName(),
                network.switchName(),
                attachment.interfaceName(),
                1,
                0,
                mac,
                addresses,
                null,
                true,
                false,
                true,
                true,
                network.vlan() == 0 ? null : new Vlan(new Vlan.AccessVlan(network.vlan()), null, null),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null);
    }
}
