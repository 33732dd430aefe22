package io.kubehv.operator.virtualswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.SwitchDhcp;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.operator.status.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SwitchDecisionTest {
    private static final Set<String> NODES = Set.of("one", "two");

    private static VirtualSwitch of(SwitchType type, SwitchScope scope, @Nullable Integer number, SwitchNode... nodes) {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.setMetadata(
                new ObjectMetaBuilder().withName("lab").withUid("uid-of-lab").build());
        virtualSwitch.setSpec(new VirtualSwitchSpec(type, scope, null, null, null, null, null));
        virtualSwitch.setStatus(new VirtualSwitchStatus(null, number, null, List.of(nodes), null));
        return virtualSwitch;
    }

    private static SwitchNode node(String name, boolean ready, @Nullable String message, String... ports) {
        List<SwitchNodePort> all = List.of(ports).stream()
                .map(port -> new SwitchNodePort(port, "00:15:5d:00:00:01"))
                .toList();
        return new SwitchNode(name, ready, message, null, null, null, 1450, all);
    }

    private static SwitchPlan decide(VirtualSwitch virtualSwitch, Set<Integer> taken, String... users) {
        return SwitchDecision.decide(
                new ObservedSwitch(virtualSwitch, List.of(users), NODES, taken, List.of(), Instant.EPOCH));
    }

    @Test
    void a_switch_of_the_cluster_gets_a_number_that_no_other_has_and_keeps_it() {
        Integer first = decide(of(SwitchType.PRIVATE, SwitchScope.CLUSTER, null), Set.of())
                .networkIdentifier();
        assertThat(first).isBetween(1, (1 << 24) - 1);
        Integer second = decide(of(SwitchType.PRIVATE, SwitchScope.CLUSTER, null), Set.of(first))
                .networkIdentifier();
        assertThat(second).isBetween(1, (1 << 24) - 1).isNotEqualTo(first);
        assertThat(decide(of(SwitchType.EXTERNAL, SwitchScope.CLUSTER, 7), Set.of())
                        .networkIdentifier())
                .as("of one that was Internal before")
                .isEqualTo(7);
    }

    @Test
    void a_switch_that_ends_at_its_node_or_at_a_wire_needs_no_number() {
        assertThat(decide(of(SwitchType.PRIVATE, SwitchScope.NODE, null), Set.of())
                        .networkIdentifier())
                .isNull();
        assertThat(decide(of(SwitchType.EXTERNAL, SwitchScope.CLUSTER, null), Set.of())
                        .networkIdentifier())
                .isNull();
    }

    @Test
    void ports_are_those_of_all_nodes_that_there_are() {
        SwitchPlan plan = decide(
                of(
                        SwitchType.PRIVATE,
                        SwitchScope.CLUSTER,
                        1,
                        node("one", true, null, "a/a/lan", "a/b/lan"),
                        node("two", true, null, "a/c/lan"),
                        node("gone", false, "it burnt", "a/d/lan")),
                Set.of());
        assertThat(plan.ports()).isEqualTo(3);
        assertThat(plan.gone()).containsExactly("gone");
        assertThat(plan.ready().holds()).isTrue();
        assertThat(plan.ready().message()).contains("one, two");
    }

    @Test
    void what_a_node_complains_of_is_told() {
        SwitchPlan plan = decide(
                of(SwitchType.EXTERNAL, SwitchScope.CLUSTER, null, node("two", false, "no interface eth1")), Set.of());
        assertThat(plan.ready().holds()).isFalse();
        assertThat(plan.ready().reason()).isEqualTo("NodesNotReady");
        assertThat(plan.ready().message()).isEqualTo("two: no interface eth1");
    }

    private static VirtualSwitch with(String name, String created, SwitchSubnet subnet) {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withUid("uid-of-" + name)
                .withCreationTimestamp(created)
                .build());
        virtualSwitch.setSpec(new VirtualSwitchSpec(
                SwitchType.INTERNAL, SwitchScope.CLUSTER, null, null, List.of(subnet), null, null));
        return virtualSwitch;
    }

    private static SwitchSubnet subnet(String cidr, boolean gateway) {
        return new SwitchSubnet(cidr, null, null, gateway, null, null, null);
    }

    private static Verdict ready(VirtualSwitch virtualSwitch, VirtualSwitch other) {
        return SwitchDecision.decide(
                        new ObservedSwitch(virtualSwitch, List.of(), NODES, Set.of(), List.of(other), Instant.EPOCH))
                .ready();
    }

    @Test
    void of_two_switches_whose_gateways_share_a_network_the_younger_is_not_ready() {
        VirtualSwitch old = with("old", "2026-01-01T00:00:00Z", subnet("10.0.0.0/16", true));
        VirtualSwitch young = with("young", "2026-01-02T00:00:00Z", subnet("10.0.5.0/24", true));
        assertThat(ready(old, young).holds()).isTrue();
        assertThat(ready(young, old).reason()).isEqualTo("SubnetOverlaps");
        assertThat(ready(young, old).message()).contains("10.0.5.0/24", "\"old\"");
        assertThat(ready(with("young", "2026-01-02T00:00:00Z", subnet("10.0.5.0/24", false)), old)
                        .holds())
                .as("with no gateway the node is not on it")
                .isTrue();
    }

    @Test
    void of_one_switch_no_two_vlans_have_addresses_in_common() {
        VirtualSwitch wrong = with("lab", "2026-01-01T00:00:00Z", subnet("10.0.5.0/24", true));
        wrong.setSpec(new VirtualSwitchSpec(
                wrong.getSpec().type(),
                null,
                null,
                null,
                List.of(subnet("10.0.0.0/16", true), new SwitchSubnet("10.0.5.0/24", 10, null, true, null, null, null)),
                null,
                null));
        assertThat(decide(wrong, Set.of()).ready().reason()).isEqualTo("SubnetOverlaps");
        assertThat(decide(wrong, Set.of()).ready().message()).contains("10.0.0.0/16 and 10.0.5.0/24");
    }

    @Test
    void a_range_that_ends_before_it_begins_is_told() {
        VirtualSwitch wrong = with(
                "wrong",
                "2026-01-01T00:00:00Z",
                new SwitchSubnet(
                        "10.0.5.0/24", null, new SwitchDhcp("10.0.5.9-10.0.5.3", null), null, null, null, null));
        assertThat(decide(wrong, Set.of()).ready().reason()).isEqualTo("SubnetNotValid");
        assertThat(decide(wrong, Set.of()).ready().message()).contains("10.0.5.9-10.0.5.3", "lower address first");
    }

    @Test
    void a_switch_that_goes_while_vms_are_on_it_names_them() {
        VirtualSwitch going = of(SwitchType.PRIVATE, SwitchScope.CLUSTER, 1);
        going.getMetadata().setDeletionTimestamp("2026-11-25T00:00:00Z");
        SwitchPlan plan = decide(going, Set.of(), "a/web", "b/db");
        assertThat(plan.ready().holds()).isFalse();
        assertThat(plan.ready().reason()).isEqualTo("SwitchInUse");
        assertThat(plan.ready().message()).contains("a/web, b/db");
        assertThat(decide(going, Set.of()).ready().holds()).isTrue();
    }
}
