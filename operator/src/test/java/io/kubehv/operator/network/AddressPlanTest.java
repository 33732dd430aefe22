package io.kubehv.operator.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.api.v1alpha1.DhcpReservation;
import io.kubehv.api.v1alpha1.SwitchDhcp;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AddressPlanTest {
    private static AddressPlan plan(String cidr, @Nullable String range, DhcpReservation... reservations) {
        return new AddressPlan(new SwitchSubnet(cidr, new SwitchDhcp(range, List.of(reservations)), null, null, null));
    }

    private static List<String> all(AddressPlan plan) {
        Set<String> given = new HashSet<>();
        while (plan.next(address -> !given.contains(address)).map(given::add).orElse(false)) {
            assertThat(given.size()).isLessThan(1000);
        }
        return given.stream().sorted().toList();
    }

    @Test
    void the_gateway_the_network_and_the_broadcast_address_are_nobodys() {
        assertThat(all(plan("10.0.5.0/29", null)))
                .containsExactly("10.0.5.2", "10.0.5.3", "10.0.5.4", "10.0.5.5", "10.0.5.6");
        assertThat(all(plan("10.0.5.0/29", "10.0.5.0-10.0.5.3"))).containsExactly("10.0.5.2", "10.0.5.3");
        assertThat(all(plan("fd00:5::/126", null))).containsExactly("fd00:5::2", "fd00:5::3");
    }

    @Test
    void an_address_stays_its_adapters_unless_it_is_reserved_for_another() {
        AddressPlan plan = plan("10.0.5.0/24", null, new DhcpReservation("00:15:5D:00:00:AA", "10.0.5.9"));
        assertThat(plan.suits("10.0.5.8", "00:15:5d:00:00:bb")).isTrue();
        assertThat(plan.suits("10.0.5.9", "00:15:5d:00:00:bb")).isFalse();
        assertThat(plan.suits("10.0.5.8", "00:15:5d:00:00:aa")).isFalse();
        assertThat(plan.suits("10.0.5.1", "00:15:5d:00:00:bb")).isFalse();
        assertThat(plan.suits("10.0.6.8", "00:15:5d:00:00:bb")).isFalse();
    }

    @Test
    void what_the_schema_can_not_see_is_refused() {
        assertThatThrownBy(() -> plan("10.0.5.0/24", "10.0.5.9-10.0.5.3"))
                .hasMessageContaining("ends before it begins");
        assertThatThrownBy(() -> plan("10.0.5.0/24", null, new DhcpReservation("00:15:5d:00:00:aa", "10.0.5.1")))
                .hasMessageContaining("10.0.5.1 is the network's own, the gateway's or outside");
    }
}
