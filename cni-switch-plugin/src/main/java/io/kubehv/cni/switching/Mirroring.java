package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.TrafficControl;
import io.kubehv.cni.netlink.TrafficControl.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Copies of what some ports of a switch send and get, for others of the same switch on this node. */
final class Mirroring {
    /** After the rules that tag, whose word no copy may take the place of. */
    private static final int PRIORITY = 100;

    private final NodeNetwork network;

    Mirroring(NodeNetwork network) {
        this.network = network;
    }

    /**
     * Makes the copies go where the ports of one switch say.
     *
     * @param ports the ports by the node's ends of them, those that are not there any more too
     */
    void ensure(Map<String, SwitchPort> ports) throws LinuxException {
        List<Integer> destinations = new ArrayList<>();
        for (Map.Entry<String, SwitchPort> port : ports.entrySet()) {
            if (port.getValue().portMirroring() == PortMirroring.DESTINATION) {
                network.links().find(port.getKey()).ifPresent(link -> destinations.add(link.index()));
            }
        }
        for (Map.Entry<String, SwitchPort> port : ports.entrySet()) {
            Optional<Link> link = network.links().find(port.getKey());
            if (link.isPresent()) {
                boolean isSource = port.getValue().portMirroring() == PortMirroring.SOURCE;
                for (Direction direction : Direction.values()) {
                    TrafficControl control = network.trafficControl();
                    control.mirror(link.get().index(), direction, PRIORITY, isSource ? destinations : List.of());
                }
            }
        }
    }

    /** Whether any of the ports has a part in it. */
    static boolean concerns(List<SwitchPort> ports) {
        return ports.stream()
                .anyMatch(port -> port.portMirroring() != null && port.portMirroring() != PortMirroring.NONE);
    }
}
