package io.kubehv.cni.switching;

import io.kubehv.cni.netlink.NftElement;
import java.util.ArrayList;
import java.util.List;

/** Which sets of the ruleset a switch's own interfaces are in. */
final class SwitchElements {
    private SwitchElements() {}

    /** Of the bridge table: its ways to other nodes and to the physical network. */
    static List<NftElement> between(SwitchConfiguration configuration) {
        List<NftElement> elements = new ArrayList<>();
        configuration
                .tunnel()
                .ifPresent(
                        tunnel -> elements.add(NftElement.of("between_nodes", LinkNames.tunnel(configuration.name()))));
        if (Guards.hidesNode(configuration)) {
            configuration.uplink().ifPresent(uplink -> elements.add(NftElement.of("hides_node", uplink.link())));
        }
        return elements;
    }

    /** Of the inet table: what the node passes on. */
    static List<NftElement> through(SwitchConfiguration configuration) {
        String bridge = LinkNames.bridge(configuration.name());
        List<NftElement> elements = new ArrayList<>();
        elements.add(NftElement.of("switches", bridge));
        elements.add(NftElement.of("same", bridge, bridge));
        for (Subnet subnet : configuration.subnets()) {
            if (subnet.gateway()) {
                elements.add(NftElement.of("gateways", bridge));
            }
            if (subnet.nat()) {
                elements.add(NftElement.of(
                        subnet.isIpv4() ? "translated4" : "translated6", subnet.network(), subnet.last()));
            }
        }
        return elements;
    }
}
