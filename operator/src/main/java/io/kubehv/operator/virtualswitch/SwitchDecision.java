package io.kubehv.operator.virtualswitch;

import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides what a switch's status says. Pure. */
final class SwitchDecision {
    /** RFC 7348, section 5: the VXLAN network identifier has 24 bits; 0 is left to others. */
    private static final int MOST_NETWORKS = (1 << 24) - 1;

    private static final int NAMED_USERS = 5;

    private SwitchDecision() {}

    static SwitchPlan decide(ObservedSwitch observed) {
        List<SwitchNode> alive = observed.told().stream()
                .filter(node -> observed.nodes().contains(node.name()))
                .toList();
        List<String> gone = observed.told().stream()
                .map(SwitchNode::name)
                .filter(name -> !observed.nodes().contains(name))
                .toList();
        return new SwitchPlan(
                networkIdentifier(observed),
                alive.stream().mapToInt(ObservedSwitch::ports).sum(),
                ready(observed, alive),
                gone);
    }

    /** Made up once and kept: a switch that becomes External and Internal again is the network that it was. */
    private static @Nullable Integer networkIdentifier(ObservedSwitch observed) {
        Integer known = observed.networkIdentifier();
        VirtualSwitchSpec spec = observed.virtualSwitch().getSpec();
        boolean acrossNodes = spec.type() != SwitchType.EXTERNAL && spec.scope() != SwitchScope.NODE;
        if (known != null || !acrossNodes) {
            return known;
        }
        return free(observed.virtualSwitch().getMetadata().getUid(), observed.networkIdentifiers());
    }

    private static int free(String uid, Set<Integer> taken) {
        int candidate = 1 + Math.floorMod(uid.hashCode(), MOST_NETWORKS);
        while (taken.contains(candidate)) {
            candidate = 1 + candidate % MOST_NETWORKS;
        }
        return candidate;
    }

    private static Verdict ready(ObservedSwitch observed, List<SwitchNode> nodes) {
        if (observed.virtualSwitch().isMarkedForDeletion() && !observed.users().isEmpty()) {
            return Verdict.no(
                    Reason.SWITCH_IN_USE,
                    "it stays until no VM has an adapter on it: " + some(observed.users())
                            + "; delete these, or take the adapters out of their specs");
        }
        Optional<Verdict> subnets = SubnetRules.problem(observed.virtualSwitch(), observed.others());
        if (subnets.isPresent()) {
            return subnets.get();
        }
        List<String> broken = nodes.stream()
                .filter(node -> !Boolean.TRUE.equals(node.ready()))
                .map(node -> node.name() + ": " + node.message())
                .toList();
        if (!broken.isEmpty()) {
            return Verdict.no(Reason.NODES_NOT_READY, some(broken));
        }
        return Verdict.yes(
                Reason.READY,
                nodes.isEmpty()
                        ? "no node needs it yet"
                        : "it works on " + nodes.stream().map(SwitchNode::name).collect(Collectors.joining(", ")));
    }

    private static String some(List<String> all) {
        String named = all.stream().limit(NAMED_USERS).collect(Collectors.joining(", "));
        return all.size() <= NAMED_USERS ? named : named + " and " + (all.size() - NAMED_USERS) + " more";
    }
}
