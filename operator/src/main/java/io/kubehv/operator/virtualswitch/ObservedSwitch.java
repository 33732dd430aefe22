package io.kubehv.operator.virtualswitch;

import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about a switch is made from.
 *
 * @param users the VMs that have an adapter on it, as namespace/name
 * @param nodes the names of the cluster's nodes
 * @param networkIdentifiers those of all other switches
 * @param others all other switches
 */
record ObservedSwitch(
        VirtualSwitch virtualSwitch,
        List<String> users,
        Set<String> nodes,
        Set<Integer> networkIdentifiers,
        List<VirtualSwitch> others,
        Instant now) {
    ObservedSwitch {
        users = List.copyOf(users);
        nodes = Set.copyOf(nodes);
        networkIdentifiers = Set.copyOf(networkIdentifiers);
        others = List.copyOf(others);
    }

    /** What nodes have told of it, those that are gone too. */
    List<SwitchNode> told() {
        List<SwitchNode> told = virtualSwitch.getStatus() == null
                ? null
                : virtualSwitch.getStatus().nodes();
        return told == null ? List.of() : told;
    }

    @Nullable
    Integer networkIdentifier() {
        return virtualSwitch.getStatus() == null
                ? null
                : virtualSwitch.getStatus().networkIdentifier();
    }

    Conditions conditions() {
        return new Conditions(
                virtualSwitch.getStatus() == null
                        ? null
                        : virtualSwitch.getStatus().conditions());
    }

    /** How many adapters a node has on it. */
    static int ports(SwitchNode node) {
        List<SwitchNodePort> ports = node.ports();
        return ports == null ? 0 : ports.size();
    }
}
