package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.NftElement;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the ruleset has of a port: what its guest may send, and what it gets. */
final class Guards {
    private static final List<AccessControl.Direction> DIRECTIONS =
            List.of(AccessControl.Direction.INBOUND, AccessControl.Direction.OUTBOUND);

    private final SwitchPort port;
    private final SwitchConfiguration configuration;
    private final AccessList accessList;
    private final PortLook look;

    private Guards(SwitchPort port, SwitchConfiguration configuration) {
        this.port = port;
        this.configuration = configuration;
        this.accessList = AccessList.of(port.accessControl());
        SortedSet<PrefixMap> lists = new TreeSet<>();
        for (AccessControl.Direction direction : DIRECTIONS) {
            accessList.entries(direction).forEach(entry -> lists.add(entry.map(direction)));
        }
        this.look = new PortLook(guards(port, configuration), lists);
    }

    /** What a port of a switch has. Its access list is read here, once. */
    static Guards of(SwitchPort port, SwitchConfiguration configuration) {
        return new Guards(port, configuration);
    }

    SwitchPort port() {
        return port;
    }

    SwitchConfiguration configuration() {
        return configuration;
    }

    /** What is looked at in the port's frames, if its cable is in. */
    PortLook look() {
        return look;
    }

    private static Set<Guard> guards(SwitchPort port, SwitchConfiguration configuration) {
        Set<Guard> guards = EnumSet.noneOf(Guard.class);
        if (port.vlan() == null) {
            guards.add(Guard.UNTAGGED);
        }
        if (!port.macAddressSpoofing()) {
            guards.add(Guard.MAC);
            // Who may use other MAC addresses has guests of his own behind him, whose IP addresses nobody told us. And
            // where we keep no address for an adapter, we know of none.
            if (!port.addresses().isEmpty()) {
                guards.add(Guard.ADDRESS);
            }
        }
        if (port.dhcpGuard()) {
            guards.add(Guard.DHCP);
        }
        if (port.routerGuard()) {
            guards.add(Guard.ROUTER);
        }
        if (BandwidthShares.has(port, configuration)) {
            guards.add(Guard.SHARE);
        }
        if (port.stormLimit() != null) {
            guards.add(Guard.STORM);
        }
        return guards;
    }

    /** All elements of a port; {@code link} is the node's end of it. */
    Set<NftElement> elements(String link) {
        Set<NftElement> elements = new LinkedHashSet<>();
        if (look.guards().contains(Guard.MAC)) {
            elements.add(NftElement.of("macs", link, new MacAddress(port.macAddress())));
        }
        if (look.guards().contains(Guard.ADDRESS)) {
            addresses(elements, link, port);
        }
        if (port.stormLimit() != null) {
            elements.add(
                    NftElement.of("storms", link, new NftElement.Verdict.Jump(Ruleset.stormChain(port.stormLimit()))));
        }
        accessControl(elements, link);
        if (hidesNode(configuration)) {
            elements.add(NftElement.of("hides_node", link));
        }
        if (!port.connected()) {
            elements.add(NftElement.of("from_ports", link, new NftElement.Verdict.Drop()));
            elements.add(NftElement.of("to_ports", link, new NftElement.Verdict.Drop()));
            return elements;
        }
        if (look.looksAtWhatLeaves()) {
            elements.add(NftElement.of("from_ports", link, new NftElement.Verdict.Jump(look.chainFrom())));
        }
        if (look.looksAtWhatComes()) {
            elements.add(NftElement.of("to_ports", link, new NftElement.Verdict.Jump(look.chainTo())));
        }
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

    private static void addresses(Set<NftElement> elements, String link, SwitchPort port) {
        for (String text : port.addresses()) {
            InetAddress address = InetAddress.ofLiteral(text);
            if (address instanceof Inet6Address six) {
                elements.add(NftElement.of("addresses6", link, address));
                elements.add(NftElement.ofNumber("targets6", link, six));
            } else {
                elements.add(NftElement.of("addresses4", link, address));
            }
        }
    }

    private void accessControl(Set<NftElement> elements, String link) {
        for (AccessControl.Direction direction : DIRECTIONS) {
            for (AccessList.Entry entry : accessList.entries(direction)) {
                NftElement.Verdict verdict = entry.action() == AccessControl.Action.DENY
                        ? new NftElement.Verdict.Drop()
                        : new NftElement.Verdict.Return();
                elements.add(NftElement.of(entry.map(direction).name(), link, entry.network(), verdict));
            }
        }
    }
}
