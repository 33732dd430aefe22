package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.AccessControl.Action;
import io.kubehv.api.v1alpha1.AccessControl.Direction;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessListTest {
    private static AccessControl entry(Action action, Direction direction, String address) {
        return new AccessControl(action, direction, address);
    }

    private static List<String> ranges(Direction direction, AccessControl... entries) {
        return AccessList.of(List.of(entries), direction).stream()
                .map(range ->
                        range.first().getHostAddress() + "-" + range.last().getHostAddress() + " " + range.action())
                .toList();
    }

    @Test
    void a_longer_prefix_is_cut_out_of_a_shorter_one() {
        assertThat(ranges(
                        Direction.OUTBOUND,
                        entry(Action.DENY, Direction.BOTH, "10.0.0.0/8"),
                        entry(Action.ALLOW, Direction.BOTH, "10.1.0.0/16"),
                        entry(Action.DENY, Direction.BOTH, "10.1.2.3")))
                .containsExactly(
                        "10.0.0.0-10.0.255.255 DENY",
                        "10.1.0.0-10.1.2.2 ALLOW",
                        "10.1.2.3-10.1.2.3 DENY",
                        "10.1.2.4-10.1.255.255 ALLOW",
                        "10.2.0.0-10.255.255.255 DENY");
    }

    @Test
    void the_whole_internet_has_a_first_and_a_last_address() {
        assertThat(ranges(Direction.INBOUND, entry(Action.DENY, Direction.BOTH, "0.0.0.0/0")))
                .containsExactly("0.0.0.0-255.255.255.255 DENY");
        assertThat(ranges(Direction.INBOUND, entry(Action.METER, Direction.BOTH, "::/0")))
                .containsExactly("0:0:0:0:0:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff METER");
    }

    @Test
    void each_direction_has_its_own_entries() {
        AccessControl in = entry(Action.DENY, Direction.INBOUND, "10.0.0.1");
        AccessControl out = entry(Action.ALLOW, Direction.OUTBOUND, "10.0.0.2");
        assertThat(ranges(Direction.INBOUND, in, out)).containsExactly("10.0.0.1-10.0.0.1 DENY");
        assertThat(ranges(Direction.OUTBOUND, in, out)).containsExactly("10.0.0.2-10.0.0.2 ALLOW");
    }

    @Test
    void of_two_with_the_same_prefix_the_one_that_denies_counts() {
        AccessControl allow = entry(Action.ALLOW, Direction.BOTH, "10.0.0.1");
        AccessControl deny = entry(Action.DENY, Direction.BOTH, "10.0.0.1/32");
        assertThat(ranges(Direction.INBOUND, allow, deny)).containsExactly("10.0.0.1-10.0.0.1 DENY");
        assertThat(ranges(Direction.INBOUND, deny, allow)).containsExactly("10.0.0.1-10.0.0.1 DENY");
    }

    @Test
    void bits_beyond_the_prefix_do_not_matter() {
        assertThat(ranges(Direction.INBOUND, entry(Action.DENY, Direction.BOTH, "10.0.5.7/24")))
                .containsExactly("10.0.5.0-10.0.5.255 DENY");
    }
}
