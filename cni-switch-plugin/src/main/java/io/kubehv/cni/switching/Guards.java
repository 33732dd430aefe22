package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.NftElement;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which sets of the ruleset a port is in: what its guest may send, and what it gets. */
final class Guards {
    private Guards() {}

    /** All elements of a port; {@code link} is the node's end of it. */
    static Set<NftElement> of(String link, SwitchPort port, SwitchConfiguration configuration) {
        Set<NftElement> elements = new LinkedHashSet<>();
        if (!port.connected()) {
            elements.add(NftElement.of("disconnected", link));
        }
        if (port.vlan() == null) {
            elements.add(NftElement.of("untagged", link));
        }
        if (hidesNode(configuration)) {
            elements.add(NftElement.of("hides_node", link));
        }
        if (!port.macAddressSpoofing()) {
            elements.add(NftElement.of("macs", link, new MacAddress(port.macAddress())));
            elements.add(NftElement.of("mac_guarded", link));
            addresses(elements, link, port);
        }
        if (port.dhcpGuard()) {
            elements.add(NftElement.of("dhcp_guarded", link));
        }
        if (port.routerGuard()) {
            elements.add(NftElement.of("router_guarded", link));
        }
        if (port.stormLimit() != null) {
            elements.add(
                    NftElement.of("storms", link, new NftElement.Verdict.Goto(Ruleset.stormChain(port.stormLimit()))));
        }
        accessControl(elements, link, port.accessControl());
        return elements;
    }

    /** Whether guests on the switch and the node do not see each other there. */
    static boolean hidesNode(SwitchConfiguration configuration) {
        return switch (configuration.type()) {
            case PRIVATE -> true;
            case INTERNAL -> false;
            case EXTERNAL ->
                configuration.uplink().map(uplink -> !uplink.shared()).orElse(true);
        };
    }

    // Who may use other MAC addresses has guests of his own behind him, whose IP addresses nobody told us. And where we
    // keep no address for an adapter, we know of none.
    private static void addresses(Set<NftElement> elements, String link, SwitchPort port) {
        if (port.addresses().isEmpty()) {
            return;
        }
        for (String text : port.addresses()) {
            InetAddress address = InetAddress.ofLiteral(text);
            if (address instanceof Inet6Address six) {
                elements.add(NftElement.of("addresses6", link, address));
                elements.add(NftElement.ofNumber("targets6", link, six));
            } else {
                elements.add(NftElement.of("addresses4", link, address));
            }
        }
        elements.add(NftElement.of("address_guarded", link));
    }

    private static void accessControl(Set<NftElement> elements, String link, List<AccessControl> entries) {
        for (AccessControl.Direction direction :
                List.of(AccessControl.Direction.INBOUND, AccessControl.Direction.OUTBOUND)) {
            String map = direction == AccessControl.Direction.INBOUND ? "inbound" : "outbound";
            for (AccessList.Range range : AccessList.of(entries, direction)) {
                NftElement.Verdict verdict = range.action() == AccessControl.Action.DENY
                        ? new NftElement.Verdict.Drop()
                        : new NftElement.Verdict.Continue();
                String family = range.first().getAddress().length == 4 ? "4" : "6";
                elements.add(NftElement.of(map + family, link, range.first(), range.last(), verdict));
            }
        }
    }
}
