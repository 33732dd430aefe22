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

    /**
     * Of the inet table: what the node passes on.
     *
     * @param carries the bridge has the node's own addresses, so it is as any other interface of the node's: what comes by it is not
     *     only from guests
     */
    static List<NftElement> through(SwitchConfiguration configuration, boolean carries) {
        String bridge = LinkNames.bridge(configuration.name());
        List<NftElement> elements = new ArrayList<>();
        if (!carries) {
            elements.add(NftElement.of("switches", bridge));
        }
        elements.add(NftElement.of("same", bridge, bridge));
        for (Subnet subnet : configuration.subnets()) {
            String holder = NodeAdapters.holder(configuration, subnet);
            if (!holder.equals(bridge)) {
                elements.add(NftElement.of("switches", holder));
                elements.add(NftElement.of("same", holder, holder));
            }
            if (subnet.gateway()) {
                elements.add(NftElement.of("gateways", holder));
            }
            if (subnet.nat()) {
                elements.add(NftElement.of(
                        subnet.isIpv4() ? "translated4" : "translated6", subnet.network(), subnet.last()));
            }
        }
        return elements;
    }
}
