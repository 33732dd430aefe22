package io.kubehv.cni.cluster;

import io.kubehv.api.v1alpha1.SwitchPodRange;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.cni.switching.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which node gives which addresses to its pods. Nodes do not ask each other, so on a switch over all nodes a range is one node's; what
 * two would give, none does.
 */
final class PodRanges {
    private final VirtualSwitch virtualSwitch;
    private final Map<String, NodeFacts> nodes;

    PodRanges(VirtualSwitch virtualSwitch, Map<String, NodeFacts> nodes) {
        this.virtualSwitch = virtualSwitch;
        this.nodes = nodes;
    }

    private static List<SwitchPodRange> ranges(SwitchSubnet subnet) {
        return subnet.podRanges() == null ? List.of() : subnet.podRanges();
    }

    /** The range of a node; empty: it has none, or not for itself. */
    Optional<Subnet.Range> of(SwitchSubnet subnet, String nodeName) {
        return problem(subnet).isPresent() || !nodes.containsKey(nodeName)
                ? Optional.empty()
                : first(subnet, nodes.get(nodeName)).map(range -> Subnet.Range.of(range.range()));
    }

    /** Why some are given to nobody; empty: all are. */
    Optional<String> contradiction() {
        List<SwitchSubnet> subnets = virtualSwitch.getSpec().subnets();
        return subnets == null
                ? Optional.empty()
                : subnets.stream().map(this::problem).flatMap(Optional::stream).findFirst();
    }

    private Optional<String> problem(SwitchSubnet subnet) {
        if (virtualSwitch.getSpec().scope() == SwitchScope.NODE) {
            return Optional.empty();
        }
        List<SwitchPodRange> all = ranges(subnet);
        for (SwitchPodRange range : all) {
            TreeSet<String> users = nodes.values().stream()
                    .filter(node -> first(subnet, node).filter(range::equals).isPresent())
                    .map(NodeFacts::name)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (users.size() > 1) {
                return Optional.of(
                        "podRanges of " + subnet.cidr() + ": " + range.range() + " is for the nodes "
                                + String.join(" and ", users)
                                + ", which would give the same addresses; select one by kubernetes.io/hostname, or use scope Node");
            }
        }
        List<Subnet.Range> seen = new ArrayList<>();
        for (SwitchPodRange range : all) {
            Subnet.Range next = Subnet.Range.of(range.range());
            if (seen.stream().anyMatch(next::overlaps)) {
                return Optional.of("podRanges of " + subnet.cidr() + ": " + range.range()
                        + " has addresses of another range; change one");
            }
            seen.add(next);
        }
        return Optional.empty();
    }

    private static Optional<SwitchPodRange> first(SwitchSubnet subnet, NodeFacts node) {
        return ranges(subnet).stream()
                .filter(range -> node.fits(range.nodeSelector()))
                .findFirst();
    }
}
