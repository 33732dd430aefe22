package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.operator.status.Verdict;
import java.util.List;

/**
 * What a VM is on its networks, looked up.
 *
 * @param identity who it is, with the addresses that it has or is given
 * @param ports its adapters on virtual switches, as they should be; none for an adapter that has a problem
 * @param problems why adapters can't be where the spec puts them
 */
public record MachineNetwork(Identity identity, List<SwitchPort> ports, List<Verdict> problems) {
    /** Of a VM without an adapter on a virtual switch. */
    public static MachineNetwork of(Identity identity) {
        return new MachineNetwork(identity, List.of(), List.of());
    }
}
