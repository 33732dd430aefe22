package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Who reaches whom: two guests on one node and a third on another, each with an adapter on an External, an Internal and a
 * Private switch, beside a physical network (Kind only).
 */
@OnCluster
@Isolated("changes the nodes' networks")
class ReachabilityE2E {
    private static final List<String> NODES = List.of("kubehv-worker", "kubehv-worker2");

    /** The adapters after the first, which is the test's own way in: their interfaces in a guest. */
    private static final String EXTERNAL = "eth1";

    private static final String INTERNAL = "eth2";
    private static final String PRIVATE = "eth3";
    private static final List<String> SWITCHED = List.of(EXTERNAL, INTERNAL, PRIVATE);
    private static final String GATEWAY = "10.94.2.1";

    /** A guest, and the last part of the addresses that it gives itself. */
    private record Guest(Machine machine, int number) {
        String on(String dev) {
            return switch (dev) {
                case EXTERNAL -> "10.94.1." + number;
                case PRIVATE -> "10.94.3." + number;
                default -> internal(false);
            };
        }

        String ipv6On(String dev) {
            return switch (dev) {
                case EXTERNAL -> "fd94:1::" + number;
                case PRIVATE -> "fd94:3::" + number;
                default -> internal(true);
            };
        }

        private String internal(boolean ipv6) {
            return machine.addresses("internal").stream()
                    .filter(address -> address.contains(":") == ipv6)
                    .findFirst()
                    .orElseThrow();
        }

        /** Each interface answers for its own addresses alone: by default Linux tells one's address on another. */
        void configure() {
            machine.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"
                    + " net.ipv6.conf.eth1.accept_dad=0 net.ipv6.conf.eth2.accept_dad=0 net.ipv6.conf.eth3.accept_dad=0;"
                    + SWITCHED.stream()
                            .map(dev -> " ip addr replace %s/24 dev %s; ip -6 addr replace %s/64 dev %s;"
                                    .formatted(on(dev), dev, ipv6On(dev), dev))
                            .collect(Collectors.joining())
                    + " ip route replace " + PhysicalNetwork.INTERNET + " via " + GATEWAY + " dev " + INTERNAL);
        }

        /** By name what answered of addresses that are asked at once, each by an interface. */
        Map<String, Boolean> reaches(Map<String, String> probes) {
            String answers = machine.run(probes.entrySet().stream()
                            .map(probe -> "(ping -c 3 -W 2 -I %s > /dev/null 2>&1; echo \"$? %s\") &"
                                    .formatted(probe.getValue(), probe.getKey()))
                            .collect(Collectors.joining(" "))
                    + " wait");
            return answers.lines()
                    .map(line -> line.split(" ", 2))
                    .collect(Collectors.toMap(
                            parts -> parts[1], parts -> parts[0].equals("0"), (a, b) -> a, TreeMap::new));
        }

        boolean reaches(String dev, String address) {
            return reaches(Map.of("it", dev + " " + address)).get("it");
        }
    }

    /** All guests of a test: the first two are on one node. */
    private record Guests(Guest one, Guest two, Guest far) {
        static Guests start(Laboratory laboratory) {
            laboratory.apply(manifest(laboratory, "one", NODES.getFirst(), Map.of()));
            laboratory.apply(manifest(laboratory, "two", NODES.getFirst(), Map.of()));
            laboratory.apply(manifest(laboratory, "far", NODES.getLast(), Map.of()));
            return new Guests(guest(laboratory, "one", 11), guest(laboratory, "two", 12), guest(laboratory, "far", 13));
        }
    }

    /** A guest's VM, with more settings of an adapter by its name. */
    private static String manifest(Laboratory laboratory, String name, String node, Map<String, String> more) {
        return Manifests.tinyOnNode(
                name,
                node,
                List.of("external", "internal", "private").stream()
                        .map(kind -> "- name: %s\n  switch: %s-%s\n%s"
                                .formatted(
                                        kind,
                                        laboratory.namespace(),
                                        kind,
                                        more.getOrDefault(kind, "").indent(2)))
                        .toArray(String[]::new));
    }

    private static Guest guest(Laboratory laboratory, String name, int number) {
        Machine machine = laboratory.machine(name);
        machine.awaitGuest();
        laboratory
                .await("the end of the boot of " + name + ", which sets its interfaces up", Laboratory.SOON)
                .until(() -> machine.run("ps | grep -c '[/]etc/boot' || true").equals("0"));
        Guest guest = new Guest(machine, number);
        guest.configure();
        return guest;
    }

    @Test
    void guests_reach_what_the_kind_of_their_switch_says_and_nothing_else(Laboratory laboratory) {
        try (PhysicalNetwork physical = PhysicalNetwork.between(laboratory.cluster(), laboratory.namespace(), NODES);
                TestSwitch external = TestSwitch.apply(
                        laboratory, "external", "type: External\nallowManagementOS: false\n" + physical.uplinks());
                TestSwitch _ = TestSwitch.apply(
                        laboratory,
                        "internal",
                        "type: Internal\nsubnets: [{cidr: 10.94.2.0/24, gateway: true, nat: true}, {cidr: 'fd94:2::/64', gateway: true}]");
                TestSwitch _ = TestSwitch.apply(laboratory, "private", "type: Private")) {
            Guests guests = Guests.start(laboratory);
            Guest one = guests.one();
            Guest two = guests.two();
            Guest far = guests.far();

            assertThat(one.reaches(within(two, far)))
                    .allSatisfy(
                            (what, answered) -> assertThat(answered).as(what).isTrue());
            assertThat(one.reaches(beyond(two, far)))
                    .allSatisfy(
                            (what, answered) -> assertThat(answered).as(what).isFalse());

            external.addAddress(NODES.getFirst(), "10.94.1.240/24");
            assertThat(one.reaches(EXTERNAL, "10.94.1.240"))
                    .as("a node that does not use the switch itself")
                    .isFalse();
            external.change("type: External\nallowManagementOS: true\n" + physical.uplinks());
            laboratory
                    .await("the node on the External switch", Laboratory.SOON)
                    .until(() -> one.reaches(EXTERNAL, "10.94.1.240"));
        }
    }

    private static Map<String, String> within(Guest two, Guest far) {
        Map<String, String> probes = new TreeMap<>();
        for (String dev : SWITCHED) {
            probes.put("a guest of the node by " + dev, dev + " " + two.on(dev));
            probes.put("a guest of another node by " + dev, dev + " " + far.on(dev));
            probes.put("a guest of the node by IPv6 on " + dev, dev + " " + two.ipv6On(dev));
            probes.put("a guest of another node by IPv6 on " + dev, dev + " " + far.ipv6On(dev));
        }
        probes.put("the physical network by the External switch", EXTERNAL + " " + PhysicalNetwork.HOST);
        probes.put("the physical network by IPv6", EXTERNAL + " " + PhysicalNetwork.HOST_IPV6);
        probes.put("the node by the Internal switch", INTERNAL + " " + GATEWAY);
        probes.put("the node by IPv6", INTERNAL + " fd94:2::1");
        probes.put("the Internet by the Internal switch's NAT", INTERNAL + " " + PhysicalNetwork.INTERNET);
        return probes;
    }

    private static Map<String, String> beyond(Guest two, Guest far) {
        Map<String, String> probes = new TreeMap<>();
        for (String dev : SWITCHED) {
            for (String other : SWITCHED) {
                if (!dev.equals(other)) {
                    probes.put("by %s what is on %s of the node".formatted(dev, other), dev + " " + two.on(other));
                    probes.put("by %s what is on %s of another node".formatted(dev, other), dev + " " + far.on(other));
                    probes.put("by %s what is on %s, IPv6".formatted(dev, other), dev + " " + two.ipv6On(other));
                }
            }
        }
        probes.put("the physical network by the Internal switch", INTERNAL + " " + PhysicalNetwork.HOST);
        probes.put("the physical network by the Private switch", PRIVATE + " " + PhysicalNetwork.HOST);
        probes.put("the gateway by the Private switch", PRIVATE + " " + GATEWAY);
        probes.put("the gateway by the External switch", EXTERNAL + " " + GATEWAY);
        probes.put("the Internet by the Private switch", PRIVATE + " " + PhysicalNetwork.INTERNET);
        return probes;
    }

    @Test
    void vlans_mirroring_and_guards_hold_between_nodes_and_change_while_guests_run(Laboratory laboratory) {
        try (TestSwitch _ = TestSwitch.apply(laboratory, "external", "type: Private");
                TestSwitch _ = TestSwitch.apply(
                        laboratory,
                        "internal",
                        "type: Internal\nsubnets: [{cidr: 10.94.2.0/24, gateway: true}, {cidr: 'fd94:2::/64'}]");
                TestSwitch _ = TestSwitch.apply(laboratory, "private", "type: Private")) {
            Guests guests = Guests.start(laboratory);
            Guest one = guests.one();
            Guest two = guests.two();
            Guest far = guests.far();

            takesNoOthersAddress(two, far);
            servesNoAddresses(laboratory, two, far);

            String vlan = "vlan: {access: {id: 10}}";
            laboratory.apply(
                    manifest(laboratory, "one", NODES.getFirst(), Map.of("private", vlan + "\nportMirroring: Source")));
            laboratory.apply(manifest(laboratory, "far", NODES.getLast(), Map.of("private", vlan)));
            laboratory
                    .await("a VLAN of its own for one and far", Laboratory.SOON)
                    .until(() -> one.reaches(PRIVATE, far.on(PRIVATE)) && !one.reaches(PRIVATE, two.on(PRIVATE)));
            assertThat(one.reaches(PRIVATE, far.ipv6On(PRIVATE)))
                    .as("IPv6 in the VLAN")
                    .isTrue();
            assertThat(two.reaches(PRIVATE, far.on(PRIVATE)))
                    .as("without the VLAN")
                    .isFalse();

            laboratory.apply(
                    manifest(laboratory, "two", NODES.getFirst(), Map.of("private", "portMirroring: Destination")));
            two.machine().run("ip link set " + PRIVATE + " promisc on");
            laboratory.await("what one sends and gets in two", Laboratory.SOON).until(() -> {
                long before = received(two);
                boolean answered = one.reaches(PRIVATE, far.on(PRIVATE));
                return answered && received(two) - before >= 6;
            });
        }
    }

    private static long received(Guest guest) {
        return Long.parseLong(guest.machine().run("cat /sys/class/net/" + PRIVATE + "/statistics/rx_packets"));
    }

    /** A guest that says it was the gateway is believed by nobody. */
    private static void takesNoOthersAddress(Guest two, Guest far) {
        assertThat(far.reaches(INTERNAL, GATEWAY)).isTrue();
        String gateway = neighbour(far);
        two.machine()
                .run("ip addr add " + GATEWAY + "/24 dev " + INTERNAL + "; arping -q -U -c 3 -I " + INTERNAL + " "
                        + GATEWAY + "; arping -q -A -c 3 -I " + INTERNAL + " " + GATEWAY + "; true");
        assertThat(neighbour(far)).as("the gateway's MAC address").isEqualTo(gateway);
        assertThat(far.reaches(INTERNAL, GATEWAY)).isTrue();
        two.machine().run("ip addr del " + GATEWAY + "/24 dev " + INTERNAL);
    }

    private static String neighbour(Guest guest) {
        return guest.machine()
                .run("ip neigh show " + GATEWAY + " dev " + INTERNAL + " | sed 's/.*lladdr \\([^ ]*\\).*/\\1/'");
    }

    /** A guest that plays DHCP server does so until its adapter's guard is up. */
    private static void servesNoAddresses(Laboratory laboratory, Guest two, Guest far) {
        two.machine()
                .run("printf 'start 10.94.3.100\\nend 10.94.3.120\\ninterface " + PRIVATE
                        + "\\nlease_file /run/leases\\npidfile /run/udhcpd.pid\\n' > /run/udhcpd.conf; touch /run/leases;"
                        + " udhcpd /run/udhcpd.conf");
        laboratory.await("a lease from another guest", Laboratory.SOON).until(() -> lease(far));
        laboratory.apply(manifest(laboratory, "two", NODES.getFirst(), Map.of("private", "dhcpGuard: true")));
        laboratory.await("no lease from a guarded guest", Laboratory.SOON).until(() -> !lease(far));
    }

    private static boolean lease(Guest guest) {
        return guest.machine()
                .run("udhcpc -n -q -t 3 -T 1 -i " + PRIVATE + " -s /bin/true > /dev/null 2>&1; echo $?")
                .equals("0");
    }
}
