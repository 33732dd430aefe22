package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.AccessControl.Action;
import io.kubehv.api.v1alpha1.AccessControl.Direction;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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

    @Test
    void a_range_of_ipv6_may_end_among_the_addresses_that_stand_for_ipv4() {
        assertThat(AccessList.of(List.of(entry(Action.DENY, Direction.BOTH, "::/80")), Direction.INBOUND))
                .singleElement()
                .satisfies(range -> {
                    assertThat(range.last().getAddress()).hasSize(16);
                    assertThat(range.last().getHostAddress()).isEqualTo("0:0:0:0:0:ffff:ffff:ffff");
                });
    }

    /** By another way: for an address, the entry with the longest prefix that holds it, bit by bit. */
    private static Optional<Action> byEntries(List<AccessControl> entries, InetAddress address) {
        BigInteger number = new BigInteger(1, address.getAddress());
        int bits = address.getAddress().length * 8;
        return entries.stream()
                .filter(entry -> prefix(entry) <= bits
                        && network(entry).getAddress().length * 8 == bits
                        && number.shiftRight(bits - prefix(entry))
                                .equals(new BigInteger(1, network(entry).getAddress())
                                        .shiftRight(bits - prefix(entry))))
                .max(Comparator.comparingInt(AccessListTest::prefix)
                        .thenComparing(entry -> entry.action() == Action.DENY))
                .map(AccessControl::action);
    }

    private static InetAddress network(AccessControl entry) {
        return InetAddress.ofLiteral(entry.remoteAddress().split("/", 2)[0]);
    }

    private static int prefix(AccessControl entry) {
        return Integer.parseInt(entry.remoteAddress().split("/", 2)[1]);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    /** Few different bits, so that entries hold each other. */
    private static InetAddress near(Random random, int bytes) throws UnknownHostException {
        byte[] address = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            address[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(2) * 0x81 : 0);
        }
        return InetAddress.getByAddress(address);
    }

    @Test
    void whatever_the_entries_are_each_address_gets_what_its_longest_prefix_says_and_no_range_overlaps()
            throws Exception {
        Random random = new Random(20251125);
        for (int round = 0; round < 300; round++) {
            int bytes = random.nextBoolean() ? 4 : 16;
            List<AccessControl> entries = new ArrayList<>();
            for (int count = random.nextInt(12); count >= 0; count--) {
                entries.add(entry(
                        random.nextBoolean() ? Action.ALLOW : Action.DENY,
                        Direction.BOTH,
                        near(random, bytes).getHostAddress() + "/" + random.nextInt(bytes * 8 + 1)));
            }
            List<AccessList.Range> ranges = AccessList.of(entries, Direction.INBOUND);
            for (int i = 1; i < ranges.size(); i++) {
                assertThat(number(ranges.get(i).first()))
                        .as(entries + " make " + ranges)
                        .isGreaterThan(number(ranges.get(i - 1).last()));
            }
            for (int probe = 0; probe < 50; probe++) {
                InetAddress address = near(random, bytes);
                assertThat(ranges.stream()
                                .filter(range -> number(range.first()).compareTo(number(address)) <= 0
                                        && number(range.last()).compareTo(number(address)) >= 0)
                                .map(AccessList.Range::action)
                                .findFirst())
                        .as(address + " by " + entries)
                        .isEqualTo(byEntries(entries, address));
            }
        }
    }
}
