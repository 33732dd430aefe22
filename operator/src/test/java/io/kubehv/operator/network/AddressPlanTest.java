package io.kubehv.operator.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.api.v1alpha1.DhcpReservation;
import io.kubehv.api.v1alpha1.SwitchDhcp;
import io.kubehv.api.v1alpha1.SwitchPodRange;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressPlanTest {
    private static final String MAC = "00:15:5d:00:00:01";
    private static final String OTHER = "00:15:5d:00:00:02";

    private static AddressPlan plan(String cidr, @Nullable String range, DhcpReservation... reservations) {
        return new AddressPlan(
                new SwitchSubnet(cidr, null, new SwitchDhcp(range, List.of(reservations)), null, null, null, null));
    }

    private static List<String> all(AddressPlan plan) {
        List<String> given = new ArrayList<>();
        while (true) {
            Optional<String> next = plan.next(address -> !given.contains(address));
            if (next.isEmpty()) {
                return given;
            }
            given.add(next.get());
        }
    }

    @Test
    void the_network_the_gateway_and_the_broadcast_address_are_given_to_nobody() {
        assertThat(all(plan("10.0.5.0/29", null)))
                .containsExactly("10.0.5.2", "10.0.5.3", "10.0.5.4", "10.0.5.5", "10.0.5.6");
        assertThat(all(plan("10.0.5.0/30", null))).containsExactly("10.0.5.2");
        assertThat(all(plan("fd00:5::/126", null))).containsExactly("fd00:5::2", "fd00:5::3");
    }

    private static AddressPlan planWithPods(String... ranges) {
        return new AddressPlan(new SwitchSubnet(
                "10.0.5.0/29",
                null,
                null,
                null,
                null,
                null,
                Stream.of(ranges).map(range -> new SwitchPodRange(null, range)).toList()));
    }

    @Test
    void what_is_kept_for_pods_no_vm_gets() {
        AddressPlan plan = planWithPods("10.0.5.2-10.0.5.3", "10.0.5.5-10.0.5.5");
        assertThat(all(plan)).containsExactly("10.0.5.4", "10.0.5.6");
        assertThat(plan.suits("10.0.5.3", MAC)).as("one that a VM had before").isFalse();
        assertThatThrownBy(() -> planWithPods("10.0.5.3-10.0.5.2")).hasMessageContaining("lower address first");
        assertThatThrownBy(() -> planWithPods("10.0.5.3-10.0.6.2")).hasMessageContaining("lies outside");
    }

    @Test
    void a_range_is_what_is_given_even_where_it_is_as_wide_as_the_network() {
        assertThat(all(plan("10.0.5.0/24", "10.0.5.10-10.0.5.12")))
                .containsExactly("10.0.5.10", "10.0.5.11", "10.0.5.12");
        assertThat(all(plan("10.0.5.0/29", "10.0.5.0-10.0.5.7"))).hasSize(5).doesNotContain("10.0.5.1", "10.0.5.7");
    }

    @ParameterizedTest
    @CsvSource({
        "fd00:5::/64, fd00:5::2",
        "fd00::/32, fd00::2",
        "fd00:1:2:3:4:5:6:0/112, fd00:1:2:3:4:5:6:2",
        "fd00:1:0:0:2::/80, fd00:1::2:0:0:2"
    })
    void addresses_of_ipv6_are_written_as_others_write_them(String cidr, String first) {
        assertThat(plan(cidr, null).next(address -> true)).contains(first);
    }

    @Test
    void a_reserved_address_is_for_its_adapter_alone() {
        AddressPlan plan = plan("10.0.5.0/29", null, new DhcpReservation("00:15:5D:00:00:01", "10.0.5.2"));
        assertThat(plan.reserved(MAC)).contains("10.0.5.2");
        assertThat(all(plan)).doesNotContain("10.0.5.2");
        assertThat(plan.suits("10.0.5.2", MAC)).isTrue();
        assertThat(plan.suits("10.0.5.2", OTHER)).isFalse();
        assertThat(plan.suits("10.0.5.3", MAC))
                .as("one that was not reserved for it")
                .isFalse();
        assertThat(plan.suits("10.0.5.3", OTHER)).isTrue();
    }

    @Test
    void an_address_is_kept_when_the_range_moves_and_not_when_the_network_does() {
        AddressPlan plan = plan("10.0.5.0/24", "10.0.5.100-10.0.5.200");
        assertThat(plan.suits("10.0.5.7", MAC)).isTrue();
        assertThat(plan.suits("10.0.6.7", MAC)).isFalse();
        assertThat(plan.suits("fd00::7", MAC)).isFalse();
        assertThat(plan.suits("10.0.5.1", MAC)).as("the gateway's").isFalse();
        assertThat(plan("10.0.5.0/29", null).suits("10.0.5.7", MAC))
                .as("the broadcast address")
                .isFalse();
    }

    @Test
    void what_the_schema_can_not_say_is_refused_with_the_value_and_the_fix() {
        assertThatThrownBy(() -> plan("10.0.5.0/24", "10.0.5.9-10.0.5.3"))
                .hasMessageContaining("10.0.5.9-10.0.5.3")
                .hasMessageContaining("lower address first");
        assertThatThrownBy(() -> plan("10.0.5.0/24", null, new DhcpReservation(MAC, "10.0.5.1")))
                .hasMessageContaining("10.0.5.1")
                .hasMessageContaining("gateway");
        assertThatThrownBy(() -> plan(
                        "10.0.5.0/24",
                        null,
                        new DhcpReservation(MAC, "10.0.5.7"),
                        new DhcpReservation(OTHER, "10.0.5.7")))
                .hasMessageContaining("twice");
    }

    @Test
    void networks_overlap_within_one_protocol() {
        assertThat(plan("10.0.0.0/16", null).overlaps(plan("10.0.5.0/24", null)))
                .isTrue();
        assertThat(plan("10.0.4.0/24", null).overlaps(plan("10.0.5.0/24", null)))
                .isFalse();
        assertThat(plan("10.0.4.0/24", null).overlaps(plan("fd00::/64", null))).isFalse();
    }
}
