package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How large the packets of a switch may be, as its nodes tell. */
final class SwitchMtus {
    private SwitchMtus() {}

    /** In bytes, by node; of a node that has not told it there is nothing. */
    static Map<String, Integer> of(VirtualSwitch virtualSwitch) {
        VirtualSwitchStatus status = virtualSwitch.getStatus();
        List<SwitchNode> nodes = status == null ? null : status.nodes();
        Map<String, Integer> mtus = new HashMap<>();
        for (SwitchNode node : nodes == null ? List.<SwitchNode>of() : nodes) {
            Integer mtu = node.mtu();
            if (mtu != null) {
                mtus.put(node.name(), mtu);
            }
        }
        return mtus;
    }
}
