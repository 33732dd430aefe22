package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuardsTest {
    private static final String MAC = "00:15:5d:00:00:01";

    private boolean connected = true;
    private boolean macAddressSpoofing;
    private boolean dhcpGuard;
    private boolean routerGuard;
    private @Nullable Vlan vlan;
    private @Nullable Integer stormLimit;
    private List<String> addresses = List.of();
    private List<AccessControl> accessControl = List.of();
    private SwitchType type = SwitchType.INTERNAL;
    private Optional<SwitchConfiguration.Uplink> uplink = Optional.empty();

    private List<String> elements() {
        SwitchPort port = TestPort.on("lab", MAC, addresses.toArray(String[]::new))
                .connected(connected)
                .guards(macAddressSpoofing, dhcpGuard, routerGuard)
                .vlan(vlan)
                .accessControl(accessControl)
                .stormLimit(stormLimit)
                .port();
        SwitchConfiguration configuration =
                new SwitchConfiguration("lab", type, Optional.empty(), uplink, 1500, List.of());
        return Guards.of(port, configuration).elements("kvp1").stream()
                .map(element -> element.set() + " " + element.text().replace("\"", ""))
                .toList();
    }

    @Test
    void a_port_that_says_nothing_keeps_to_its_mac_address_and_sends_no_tags() {
        assertThat(elements())
                .containsExactlyInAnyOrder(
                        "macs kvp1 . " + MAC,
                        "from_ports kvp1 : jump from_untagged_mac",
                        "to_ports kvp1 : jump to_untagged_mac");
    }

    @Test
    void who_may_use_other_mac_addresses_may_use_other_addresses_too() {
        macAddressSpoofing = true;
        addresses = List.of("10.0.5.10");
        assertThat(elements())
                .containsExactly("from_ports kvp1 : jump from_untagged", "to_ports kvp1 : jump to_untagged");
    }

    @Test
    void the_addresses_that_are_kept_for_it_are_the_only_ones() {
        addresses = List.of("10.0.5.10", "fd00::a");
        assertThat(elements())
                .contains(
                        "addresses4 kvp1 . 10.0.5.10",
                        "addresses6 kvp1 . fd00:0:0:0:0:0:0:a",
                        "targets6 kvp1 . 0xfd00000000000000000000000000000a",
                        "from_ports kvp1 : jump from_untagged_mac_address");
    }

    @Test
    void all_that_is_looked_at_is_one_element() {
        dhcpGuard = true;
        routerGuard = true;
        stormLimit = 100;
        assertThat(elements())
                .contains("from_ports kvp1 : jump from_untagged_mac_dhcp_router_storm", "storms kvp1 : jump storm_100");
    }

    @Test
    void nothing_passes_when_the_cable_is_out() {
        connected = false;
        assertThat(elements()).contains("from_ports kvp1 : drop", "to_ports kvp1 : drop");
    }

    @Test
    void a_port_with_a_vlan_is_let_send_tags_by_these_rules() {
        vlan = new Vlan(new Vlan.AccessVlan(10), null, null);
        assertThat(elements())
                .contains("from_ports kvp1 : jump from_mac")
                .noneMatch(element -> element.startsWith("to_ports"));
        macAddressSpoofing = true;
        assertThat(elements()).as("with nothing to look at").isEmpty();
    }

    @Test
    void the_node_is_hidden_on_a_private_switch_and_on_an_external_one_that_it_does_not_share() {
        String hidden = "hides_node kvp1";
        assertThat(elements()).doesNotContain(hidden);
        type = SwitchType.PRIVATE;
        assertThat(elements()).contains(hidden);
        type = SwitchType.EXTERNAL;
        assertThat(elements()).as("without an uplink").contains(hidden);
        uplink = Optional.of(TestUplink.of("eth1").uplink());
        assertThat(elements()).contains(hidden);
        uplink = Optional.of(TestUplink.of("eth1").shared().uplink());
        assertThat(elements()).doesNotContain(hidden);
    }

    @Test
    void an_entry_for_both_directions_stands_in_both_maps_of_its_protocol() {
        accessControl = List.of(
                new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.0.0/24"),
                new AccessControl(AccessControl.Action.METER, AccessControl.Direction.OUTBOUND, "fd00::1"));
        assertThat(elements())
                .contains(
                        "inbound4_24 kvp1 . 10.0.0.0 : drop",
                        "outbound4_24 kvp1 . 10.0.0.0 : drop",
                        "outbound6_128 kvp1 . fd00:0:0:0:0:0:0:1 : return",
                        "from_ports kvp1 : jump from_untagged_mac_list4_24_list6_128",
                        "to_ports kvp1 : jump to_untagged_mac_list4_24")
                .noneMatch(element -> element.startsWith("inbound6"));
    }
}
