package io.kubehv.operator.virtualswitch;

import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.operator.network.AddressPlan;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What of a switch's subnets the schema can't say. */
final class SubnetRules {
    private static final Comparator<VirtualSwitch> BY_AGE = Comparator.comparing(
                    (VirtualSwitch found) -> String.valueOf(found.getMetadata().getCreationTimestamp()))
            .thenComparing(found -> found.getMetadata().getName());

    private SubnetRules() {}

    /** Of two switches whose gateways would have one network on a node, the younger is told. */
    static Optional<Verdict> problem(VirtualSwitch virtualSwitch, List<VirtualSwitch> others) {
        for (SwitchSubnet subnet : subnets(virtualSwitch).toList()) {
            AddressPlan plan;
            try {
                plan = new AddressPlan(subnet);
            } catch (IllegalArgumentException e) {
                return Optional.of(Verdict.no(Reason.SUBNET_NOT_VALID, String.valueOf(e.getMessage())));
            }
            Optional<String> own = subnets(virtualSwitch)
                    .filter(other -> !other.equals(subnet))
                    .flatMap(SubnetRules::valid)
                    .filter(plan::overlaps)
                    .map(AddressPlan::cidr)
                    .findFirst();
            if (own.isPresent()) {
                return Optional.of(Verdict.no(
                        Reason.SUBNET_OVERLAPS,
                        "its subnets " + plan.cidr() + " and " + own.get()
                                + " have addresses in common, and its node can't tell them apart; change one's cidr"));
            }
            Optional<VirtualSwitch> older = others.stream()
                    .filter(other -> BY_AGE.compare(other, virtualSwitch) < 0)
                    .filter(other -> isGateway(subnet)
                            && subnets(other)
                                    .filter(SubnetRules::isGateway)
                                    .flatMap(SubnetRules::valid)
                                    .anyMatch(plan::overlaps))
                    .findFirst();
            if (older.isPresent()) {
                return Optional.of(Verdict.no(
                        Reason.SUBNET_OVERLAPS,
                        "its subnet " + plan.cidr() + " has addresses of the VirtualSwitch \""
                                + older.get().getMetadata().getName()
                                + "\", and a node that is the gateway of both can't tell them apart; change cidr, or leave"
                                + " gateway out"));
            }
        }
        return Optional.empty();
    }

    private static Stream<SwitchSubnet> subnets(VirtualSwitch virtualSwitch) {
        List<SwitchSubnet> subnets = virtualSwitch.getSpec().subnets();
        return subnets == null ? Stream.empty() : subnets.stream();
    }

    private static boolean isGateway(SwitchSubnet subnet) {
        return Boolean.TRUE.equals(subnet.gateway());
    }

    /** One that can't be used is in nobody's way, and its own switch says so. */
    private static Stream<AddressPlan> valid(SwitchSubnet subnet) {
        try {
            return Stream.of(new AddressPlan(subnet));
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
    }
}
