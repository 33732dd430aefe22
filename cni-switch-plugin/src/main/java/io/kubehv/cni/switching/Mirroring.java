package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.TrafficControl.Direction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Copies of what some ports of a switch send and get, for others of the same switch on this node. */
final class Mirroring {
    /** After the rules that tag, whose word no copy may take the place of. */
    private static final int PRIORITY = 100;

    private final NodeNetwork network;
    private final PortJournal journal;

    /** The switches on which copies go, or may have gone before this program was started. */
    private final Set<String> mirrored;

    Mirroring(NodeNetwork network, PortJournal journal) {
        this.network = network;
        this.journal = journal;
        this.mirrored = journal.switchNames();
    }

    /** Makes the copies go where the ports of a switch say. Where nobody ever asked for one, a port costs nothing for it. */
    synchronized void ensure(String switchName) throws SwitchException {
        boolean isWanted = journal.portsOn(switchName).stream().anyMatch(Mirroring::hasPart);
        if (!isWanted && !mirrored.contains(switchName)) {
            return;
        }
        try {
            copy(journal.linksOn(switchName));
        } catch (LinuxException e) {
            throw new SwitchException.SystemFailure(
                    "port mirroring on switch " + switchName + ": " + e.getMessage(), e);
        }
        if (isWanted) {
            mirrored.add(switchName);
        } else {
            mirrored.remove(switchName);
        }
    }

    private static boolean hasPart(SwitchPort port) {
        return port.portMirroring() != null && port.portMirroring() != PortMirroring.NONE;
    }

    private void copy(Map<String, SwitchPort> ports) throws LinuxException {
        Map<Link, SwitchPort> present = new HashMap<>();
        for (Map.Entry<String, SwitchPort> port : ports.entrySet()) {
            network.links().find(port.getKey()).ifPresent(link -> present.put(link, port.getValue()));
        }
        List<Integer> destinations = present.entrySet().stream()
                .filter(port -> port.getValue().portMirroring() == PortMirroring.DESTINATION)
                .map(port -> port.getKey().index())
                .toList();
        for (Map.Entry<Link, SwitchPort> port : present.entrySet()) {
            boolean isSource = port.getValue().portMirroring() == PortMirroring.SOURCE;
            for (Direction direction : Direction.values()) {
                network.trafficControl()
                        .mirror(port.getKey().index(), direction, PRIORITY, isSource ? destinations : List.of());
            }
        }
    }
}
