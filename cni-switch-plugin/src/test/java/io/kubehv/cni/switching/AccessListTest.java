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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AccessListTest {
    private static AccessControl entry(Action action, Direction direction, String address) {
        return new AccessControl(action, direction, address);
    }

    private static List<String> entries(Direction direction, AccessControl... entries) {
        return AccessList.of(List.of(entries)).entries(direction).stream()
                .map(entry -> entry.network().getHostAddress() + "/" + entry.prefixLength() + " " + entry.action())
                .toList();
    }

    /** What a frame meets: the maps in their order, in each the address without the bits that do not count. */
    private static Optional<Action> look(List<AccessControl> entries, Direction direction, InetAddress address) {
        List<AccessList.Entry> list = AccessList.of(entries).entries(direction);
        SortedSet<PrefixMap> maps =
                list.stream().map(entry -> entry.map(direction)).collect(Collectors.toCollection(TreeSet::new));
        return maps.stream()
                .filter(map -> map.bytes() == address.getAddress().length)
                .flatMap(map -> list.stream()
                        .filter(entry -> entry.map(direction).equals(map)
                                && number(entry.network())
                                        .equals(number(address).and(PrefixMap.mask(map.bytes(), map.prefixLength())))))
                .map(AccessList.Entry::action)
                .findFirst();
    }

    private static Optional<Action> look(List<AccessControl> entries, String address) {
        return look(entries, Direction.OUTBOUND, InetAddress.ofLiteral(address));
    }

    @Test
    void within_a_shorter_prefix_a_longer_one_counts() {
        List<AccessControl> entries = List.of(
                entry(Action.DENY, Direction.BOTH, "10.0.0.0/8"),
                entry(Action.ALLOW, Direction.BOTH, "10.1.0.0/16"),
                entry(Action.DENY, Direction.BOTH, "10.1.2.3"));
        for (String denied : List.of("10.0.0.0", "10.0.255.255", "10.1.2.3", "10.2.0.0", "10.255.255.255")) {
            assertThat(look(entries, denied)).as(denied).contains(Action.DENY);
        }
        for (String allowed : List.of("10.1.0.0", "10.1.2.2", "10.1.2.4", "10.1.255.255")) {
            assertThat(look(entries, allowed)).as(allowed).contains(Action.ALLOW);
        }
        for (String strange : List.of("9.255.255.255", "11.0.0.0", "fd00::1")) {
            assertThat(look(entries, strange)).as(strange).isEmpty();
        }
    }

    @Test
    void the_whole_internet_is_every_address() {
        assertThat(entries(Direction.INBOUND, entry(Action.DENY, Direction.BOTH, "0.0.0.0/0")))
                .containsExactly("0.0.0.0/0 DENY");
        assertThat(entries(Direction.INBOUND, entry(Action.METER, Direction.BOTH, "::/0")))
                .containsExactly("0:0:0:0:0:0:0:0/0 METER");
        assertThat(new PrefixMap(Direction.INBOUND, 4, 0).rule())
                .isEqualTo("meta protocol ip oifname . ip saddr & 0.0.0.0 vmap @inbound4_0");
    }

    @Test
    void each_direction_has_its_own_entries() {
        AccessControl in = entry(Action.DENY, Direction.INBOUND, "10.0.0.1");
        AccessControl out = entry(Action.ALLOW, Direction.OUTBOUND, "10.0.0.2");
        assertThat(entries(Direction.INBOUND, in, out)).containsExactly("10.0.0.1/32 DENY");
        assertThat(entries(Direction.OUTBOUND, in, out)).containsExactly("10.0.0.2/32 ALLOW");
    }

    @Test
    void of_two_with_the_same_prefix_the_one_that_denies_counts() {
        AccessControl allow = entry(Action.ALLOW, Direction.BOTH, "10.0.0.1");
        AccessControl deny = entry(Action.DENY, Direction.BOTH, "10.0.0.1/32");
        assertThat(entries(Direction.INBOUND, allow, deny)).containsExactly("10.0.0.1/32 DENY");
        assertThat(entries(Direction.INBOUND, deny, allow)).containsExactly("10.0.0.1/32 DENY");
    }

    @Test
    void bits_beyond_the_prefix_do_not_matter() {
        assertThat(entries(Direction.INBOUND, entry(Action.DENY, Direction.BOTH, "10.0.5.7/24")))
                .containsExactly("10.0.5.0/24 DENY");
    }

    @Test
    void a_network_of_ipv6_may_be_that_of_the_addresses_that_stand_for_ipv4() {
        assertThat(AccessList.of(List.of(entry(Action.DENY, Direction.BOTH, "::/80")))
                        .entries(Direction.INBOUND))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.network().getAddress()).hasSize(16);
                    assertThat(entry.network().getHostAddress()).isEqualTo("0:0:0:0:0:0:0:0");
                    assertThat(entry.map(Direction.INBOUND).name()).isEqualTo("inbound6_80");
                });
    }

    @Test
    void a_frame_is_looked_up_in_longer_prefixes_first_and_in_those_of_its_own_port_only() {
        SortedSet<PrefixMap> maps = new TreeSet<>(List.of(
                new PrefixMap(Direction.OUTBOUND, 4, 0),
                new PrefixMap(Direction.OUTBOUND, 16, 64),
                new PrefixMap(Direction.OUTBOUND, 4, 24),
                new PrefixMap(Direction.INBOUND, 4, 8),
                new PrefixMap(Direction.OUTBOUND, 4, 32)));
        PortLook look = new PortLook(EnumSet.of(Guard.MAC), maps);
        assertThat(look.chainFrom()).isEqualTo("from_mac_list4_32_24_0_list6_64");
        assertThat(look.chainTo()).isEqualTo("to_mac_list4_8");
        assertThat(look.chains()).contains("""
                jump mac_guard
                meta protocol ip iifname . ip daddr vmap @outbound4_32
                meta protocol ip iifname . ip daddr & 255.255.255.0 vmap @outbound4_24
                meta protocol ip iifname . ip daddr & 0.0.0.0 vmap @outbound4_0
                meta protocol ip6 iifname . ip6 daddr & ffff:ffff:ffff:ffff:0:0:0:0 vmap @outbound6_64
                """);
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
    void whatever_the_entries_are_each_address_gets_what_its_longest_prefix_says() throws Exception {
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
            for (int probe = 0; probe < 50; probe++) {
                InetAddress address = near(random, bytes);
                assertThat(look(entries, Direction.INBOUND, address))
                        .as(address + " by " + entries)
                        .isEqualTo(byEntries(entries, address));
            }
        }
    }
}
