package io.kubehv.cni.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchPodRange;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.SwitchUplink;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.cni.netlink.ForwardingTable.Remote;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.switching.Subnet;
import io.kubehv.cni.switching.SwitchConfiguration;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SwitchResolverTest {
    private static final InetAddress OWN = InetAddress.ofLiteral("172.18.0.2");
    private static final InetAddress OTHER = InetAddress.ofLiteral("172.18.0.3");

    private final Map<String, NodeFacts> nodes = Map.of(
            "one", new NodeFacts("one", Map.of("rack", "a"), Optional.of(OWN)),
            "two", new NodeFacts("two", Map.of("rack", "b"), Optional.of(OTHER)),
            "new", new NodeFacts("new", Map.of(), Optional.empty()));
    private final SwitchResolver resolver = new SwitchResolver("one", nodes, address -> 1500, link -> 9000);

    private static VirtualSwitch of(VirtualSwitchSpec spec, @Nullable Integer identifier, SwitchNode... entries) {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.getMetadata().setName("lab");
        virtualSwitch.setSpec(spec);
        virtualSwitch.setStatus(new VirtualSwitchStatus(null, identifier, null, List.of(entries), null));
        return virtualSwitch;
    }

    private static VirtualSwitchSpec spec(SwitchType type, SwitchScope scope, @Nullable Integer mtu) {
        return new VirtualSwitchSpec(type, scope, null, null, null, null, mtu);
    }

    @Test
    void a_switch_of_the_cluster_sends_to_every_other_node_and_each_guest_s_frames_to_its_own() {
        SwitchNode two = new SwitchNode(
                "two",
                true,
                null,
                null,
                null,
                null,
                null,
                List.of(new SwitchNodePort("default/b/lan", "00:15:5d:00:00:0b")));
        SwitchNode one = new SwitchNode(
                "one",
                true,
                null,
                null,
                null,
                null,
                null,
                List.of(new SwitchNodePort("default/a/lan", "00:15:5d:00:00:0a")));
        SwitchConfiguration resolved = resolver.resolve(
                        of(spec(SwitchType.PRIVATE, SwitchScope.CLUSTER, null), 4711, one, two))
                .orElseThrow();
        assertThat(resolved.mtu()).isEqualTo(1450);
        assertThat(resolved.tunnel().orElseThrow().identifier()).isEqualTo(4711);
        assertThat(resolved.tunnel().orElseThrow().remotes())
                .containsExactlyInAnyOrder(
                        new Remote(MacAddress.NOBODY, OTHER), new Remote(new MacAddress("00:15:5d:00:00:0b"), OTHER));
    }

    @Test
    void a_switch_of_the_cluster_waits_for_its_number() {
        assertThat(resolver.resolve(of(spec(SwitchType.PRIVATE, SwitchScope.CLUSTER, null), null)))
                .isEmpty();
        assertThat(resolver.resolve(of(spec(SwitchType.PRIVATE, SwitchScope.NODE, null), null)))
                .map(SwitchConfiguration::tunnel)
                .contains(Optional.empty());
    }

    @Test
    void its_way_out_is_shared_by_weight_unless_the_switch_says_otherwise() {
        assertThat(resolver.resolve(of(spec(SwitchType.PRIVATE, SwitchScope.CLUSTER, null), 1))
                        .orElseThrow()
                        .sharing())
                .isEqualTo(new SwitchConfiguration.Sharing(MinimumBandwidthMode.WEIGHT, OptionalLong.empty()));
        VirtualSwitchSpec promising = new VirtualSwitchSpec(
                SwitchType.PRIVATE,
                SwitchScope.CLUSTER,
                null,
                null,
                null,
                null,
                null,
                MinimumBandwidthMode.ABSOLUTE,
                new Quantity("2.5G"));
        assertThat(resolver.resolve(of(promising, 1)).orElseThrow().sharing())
                .isEqualTo(new SwitchConfiguration.Sharing(
                        MinimumBandwidthMode.ABSOLUTE, OptionalLong.of(2_500_000_000L)));
    }

    @Test
    void a_packet_size_that_does_not_fit_between_nodes_is_told() {
        VirtualSwitch tooLarge = of(spec(SwitchType.PRIVATE, SwitchScope.CLUSTER, 1500), 1);
        SwitchConfiguration resolved = resolver.resolve(tooLarge).orElseThrow();
        assertThat(resolved.mtu()).isEqualTo(1450);
        assertThat(resolver.contradiction(tooLarge, resolved))
                .hasValueSatisfying(message -> assertThat(message).contains("spec.mtu is 1500", "1450", "lower it"));
        VirtualSwitch small = of(spec(SwitchType.PRIVATE, SwitchScope.CLUSTER, 1400), 1);
        assertThat(resolver.resolve(small).orElseThrow().mtu()).isEqualTo(1400);
        assertThat(resolver.contradiction(small, resolver.resolve(small).orElseThrow()))
                .isEmpty();
    }

    @Test
    void the_first_uplink_that_selects_the_node_counts() {
        VirtualSwitchSpec external = new VirtualSwitchSpec(
                SwitchType.EXTERNAL,
                null,
                List.of(
                        new SwitchUplink(Map.of("rack", "b"), "eth1", false),
                        new SwitchUplink(Map.of("rack", "a"), "eth2", true),
                        new SwitchUplink(null, "eth3", false)),
                false,
                null,
                null,
                null);
        assertThat(resolver.resolve(of(external, null)).orElseThrow().uplink()).hasValueSatisfying(uplink -> {
            assertThat(uplink.link()).isEqualTo("eth2");
            assertThat(uplink.shared()).isFalse();
            assertThat(uplink.acceptPrimary()).isTrue();
        });
        assertThat(resolver.resolve(of(external, null)).orElseThrow().mtu())
                .as("as much as the interface carries")
                .isEqualTo(9000);
        SwitchResolver elsewhere = new SwitchResolver("new", nodes, address -> 1500, link -> 1500);
        assertThat(elsewhere.resolve(of(external, null)).orElseThrow().uplink()).hasValueSatisfying(uplink -> {
            assertThat(uplink.link()).isEqualTo("eth3");
            assertThat(uplink.acceptPrimary()).isFalse();
        });
    }

    private SwitchConfiguration withPods(SwitchScope scope, SwitchPodRange... ranges) {
        return resolver.resolve(podSwitch(scope, ranges)).orElseThrow();
    }

    private static VirtualSwitch podSwitch(SwitchScope scope, SwitchPodRange... ranges) {
        return of(
                new VirtualSwitchSpec(
                        SwitchType.PRIVATE,
                        scope,
                        null,
                        null,
                        List.of(new SwitchSubnet("10.0.5.0/24", null, null, null, null, null, List.of(ranges))),
                        null,
                        null),
                4711);
    }

    @Test
    void a_range_for_pods_is_one_node_s_where_the_switch_is_over_all() {
        SwitchPodRange a = new SwitchPodRange(Map.of("rack", "a"), "10.0.5.200-10.0.5.209");
        SwitchPodRange rest = new SwitchPodRange(null, "10.0.5.210-10.0.5.219");
        assertThat(withPods(SwitchScope.NODE, rest).subnets().getFirst().pods())
                .contains(Subnet.Range.of("10.0.5.210-10.0.5.219"));
        assertThat(withPods(SwitchScope.CLUSTER, a).subnets().getFirst().pods())
                .contains(Subnet.Range.of("10.0.5.200-10.0.5.209"));

        SwitchConfiguration shared = withPods(SwitchScope.CLUSTER, a, rest);
        assertThat(shared.subnets().getFirst().pods())
                .as("two and new share the rest")
                .isEmpty();
        assertThat(resolver.contradiction(podSwitch(SwitchScope.CLUSTER, a, rest), shared))
                .hasValueSatisfying(words ->
                        assertThat(words).contains("10.0.5.210-10.0.5.219 is for the nodes new and two", "scope Node"));
        SwitchPodRange overlapping = new SwitchPodRange(Map.of("rack", "b"), "10.0.5.209-10.0.5.212");
        assertThat(resolver.contradiction(podSwitch(SwitchScope.CLUSTER, a, overlapping), shared))
                .hasValueSatisfying(words -> assertThat(words).contains("has addresses of another range"));
    }

    @Test
    void an_uplink_that_was_given_back_is_not_taken_again_until_the_spec_changes() {
        VirtualSwitch external = of(
                new VirtualSwitchSpec(
                        SwitchType.EXTERNAL,
                        null,
                        List.of(new SwitchUplink(null, "eth1", true)),
                        null,
                        null,
                        null,
                        null),
                4711,
                new SwitchNode("one", false, "gave eth1 back", null, "eth1", 3L, 1500, List.of()));
        external.getMetadata().setGeneration(3L);
        SwitchConfiguration.Uplink tried =
                resolver.resolve(external).orElseThrow().uplink().orElseThrow();
        assertThat(tried.givenBack()).contains("gave eth1 back");
        external.getMetadata().setGeneration(4L);
        SwitchConfiguration.Uplink changed =
                resolver.resolve(external).orElseThrow().uplink().orElseThrow();
        assertThat(changed.givenBack()).isEmpty();
        assertThat(changed.revision()).isNotEqualTo(tried.revision());
    }

    @Test
    void a_node_that_no_uplink_selects_says_so() {
        VirtualSwitch external = of(
                new VirtualSwitchSpec(
                        SwitchType.EXTERNAL,
                        null,
                        List.of(new SwitchUplink(Map.of("rack", "z"), "eth1", false)),
                        null,
                        null,
                        null,
                        null),
                null);
        SwitchConfiguration resolved = resolver.resolve(external).orElseThrow();
        assertThat(resolver.contradiction(external, resolved))
                .hasValueSatisfying(message -> assertThat(message).contains("spec.uplinks"));
    }

    @Test
    void the_nodes_address_is_the_first_of_a_subnet() {
        VirtualSwitchSpec internal = new VirtualSwitchSpec(
                SwitchType.INTERNAL,
                SwitchScope.NODE,
                null,
                null,
                List.of(
                        new SwitchSubnet("10.0.5.0/24", null, null, true, true, List.of("9.9.9.9"), null),
                        new SwitchSubnet("fd00:5::/64", 10, null, false, false, null, null)),
                null,
                null);
        SwitchConfiguration resolved = resolver.resolve(of(internal, null)).orElseThrow();
        assertThat(resolved.subnets())
                .extracting(subnet -> subnet.node().getHostAddress())
                .containsExactly("10.0.5.1", "fd00:5:0:0:0:0:0:1");
        assertThat(resolved.subnets())
                .extracting(subnet -> subnet.last().getHostAddress())
                .containsExactly("10.0.5.255", "fd00:5:0:0:ffff:ffff:ffff:ffff");
        assertThat(resolved.subnets().getFirst().nat()).isTrue();
    }
}
