package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.AdapterBandwidth;
import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import java.util.Optional;

/** Whether a switch can give an adapter the share that it asks for. How much is left on a node, that node's daemon says. */
final class BandwidthRules {
    private BandwidthRules() {}

    /** Why not, and what to do; empty: it can, or nothing is asked for. */
    static Optional<String> problem(NetworkAdapter adapter, VirtualSwitch virtualSwitch) {
        AdapterBandwidth asked = adapter.bandwidth();
        if (asked == null || (asked.minimum() == null && asked.minimumWeight() == null)) {
            return Optional.empty();
        }
        VirtualSwitchSpec spec = virtualSwitch.getSpec();
        String field = asked.minimum() == null ? "bandwidth.minimumWeight" : "bandwidth.minimum";
        String name = "the VirtualSwitch \"" + virtualSwitch.getMetadata().getName() + "\"";
        if (spec.type() != SwitchType.EXTERNAL && spec.scope() == SwitchScope.NODE) {
            return Optional.of(field + " is a share of the way out of the node, but " + name
                    + " has none (scope Node); remove " + field + ", or use a switch with scope Cluster");
        }
        MinimumBandwidthMode mode =
                spec.minimumBandwidthMode() == null ? MinimumBandwidthMode.WEIGHT : spec.minimumBandwidthMode();
        return switch (mode) {
            case NONE ->
                Optional.of(name + " gives no shares (minimumBandwidthMode None); remove " + field
                        + ", or use another switch");
            case WEIGHT ->
                asked.minimum() == null
                        ? Optional.empty()
                        : Optional.of(name + " gives shares by weight; set bandwidth.minimumWeight in place of"
                                + " bandwidth.minimum, or use a switch with minimumBandwidthMode Absolute");
            case ABSOLUTE ->
                asked.minimumWeight() == null
                        ? Optional.empty()
                        : Optional.of(name + " gives shares in bits a second; set bandwidth.minimum in place of"
                                + " bandwidth.minimumWeight, or use a switch with minimumBandwidthMode Weight");
        };
    }
}
