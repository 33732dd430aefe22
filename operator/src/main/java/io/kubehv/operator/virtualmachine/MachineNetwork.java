package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.operator.status.Verdict;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a VM is on its networks, looked up.
 *
 * @param identity who it is, with the addresses that it has or is given
 * @param ports its adapters on virtual switches, as they should be; none for an adapter that has a problem
 * @param problems why adapters can't be where the spec puts them
 * @param mtus the largest packets of the switches that it has ports on, in bytes, by switch and node, of the nodes that told
 */
public record MachineNetwork(
        Identity identity, List<SwitchPort> ports, List<Verdict> problems, Map<String, Map<String, Integer>> mtus) {
    /** Of a VM without an adapter on a virtual switch. */
    public static MachineNetwork of(Identity identity) {
        return new MachineNetwork(identity, List.of(), List.of(), Map.of());
    }

    /** The largest packet of a switch on a node; null where the node has not told it, or there is none yet. */
    @Nullable
    Integer mtu(String switchName, @Nullable String node) {
        return node == null ? null : mtus.getOrDefault(switchName, Map.of()).get(node);
    }
}
