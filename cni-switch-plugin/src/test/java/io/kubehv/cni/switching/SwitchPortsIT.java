package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.PrivateVlanMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.Frames;
import io.kubehv.cni.linux.TestDhcp;
import io.kubehv.cni.linux.TestGuest;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.netlink.ForwardingTable;
import io.kubehv.cni.netlink.MacAddress;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ports in real namespaces: one that plays the node, and one a pod. */
class SwitchPortsIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";

    private static SwitchConfiguration of(String name, SwitchType type, Subnet... subnets) {
        return new SwitchConfiguration(name, type, Optional.empty(), Optional.empty(), 1500, List.of(subnets));
    }

    private static Subnet subnet(String cidr, boolean dhcp) {
        return Subnet.of(cidr).withDhcp(dhcp, List.of());
    }

    /** A port with all guards off. */
    private static SwitchPort port(String switchName, String mac, String... addresses) {
        return TestPort.on(switchName, mac, addresses).port();
    }

    private static SwitchPort guarded(SwitchPort port, boolean spoofing, boolean dhcpGuard, boolean routerGuard) {
        return TestPort.like(port).guards(spoofing, dhcpGuard, routerGuard).port();
    }

    private static SwitchPort with(SwitchPort port, AccessControl... entries) {
        return TestPort.like(port).accessControl(List.of(entries)).port();
    }

    private final class Pod {
        private final TestNamespace namespace = node.pod();
        private final PortService.Attachment attachment;
        private TestGuest guest;

        Pod(String name) {
            attachment = TestNode.attachment(name, namespace);
        }

        Pod plug(SwitchPort port) throws Exception {
            node.ports().add(attachment, List.of(port));
            guest = node.keep(new TestGuest(namespace, port.device(), port.macAddress()));
            for (String address : port.addresses()) {
                guest.inside()
                        .exec(
                                "ip",
                                "addr",
                                "add",
                                address + (address.contains(":") ? "/64" : "/24"),
                                "dev",
                                "eth0",
                                "nodad");
            }
            return this;
        }
    }

    private Pod pod(String name, SwitchPort port) throws Exception {
        return new Pod(name).plug(port);
    }

    /** Whether what one sends comes to the other, told by a frame that passes in any case. */
    private static boolean passes(Pod from, Pod to, byte[] frame) {
        byte[] marker = ("marker-" + System.nanoTime()).getBytes(StandardCharsets.US_ASCII);
        from.guest.send(frame);
        from.guest.send(Frames.ethernet(Frames.EVERYBODY, mac(from), 0x88B5, marker));
        await("a frame that nothing forbids").atMost(Duration.ofSeconds(5)).until(() -> to.guest.hasReceived(marker));
        byte[] payload = Arrays.copyOfRange(frame, 14, frame.length);
        return to.guest.hasReceived(payload);
    }

    private static String mac(Pod pod) {
        return pod.guest.inside().exec("cat", "/sys/class/net/eth0/address").strip();
    }

    @Test
    void an_internal_switch_joins_guests_and_their_node() throws Exception {
        node.ports()
                .configure(List.of(
                        of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false), subnet("fd00:5::/64", false))));
        Pod a = pod("a", port("lab", A, "10.0.5.10", "fd00:5::10"));
        pod("b", port("lab", B, "10.0.5.11", "fd00:5::11"));
        assertThat(a.guest.reaches("10.0.5.11")).as("another guest").isTrue();
        assertThat(a.guest.reaches("fd00:5::11")).as("another guest by IPv6").isTrue();
        assertThat(a.guest.reaches("10.0.5.1")).as("the node").isTrue();
        assertThat(node.succeeds("ping", "-c", "1", "-W", "1", "10.0.5.10"))
                .as("from the node")
                .isTrue();
        node.ports().check(a.attachment, List.of(port("lab", A, "10.0.5.10", "fd00:5::10")));
    }

    @Test
    void a_node_whose_new_interfaces_have_no_ipv6_is_the_gateway_of_an_ipv6_subnet_all_the_same() throws Exception {
        node.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("fd00:5::/64", false))));
        Pod a = pod("a", port("lab", A, "fd00:5::10"));
        assertThat(a.guest.reaches("fd00:5::1")).as("the node by IPv6").isTrue();
    }

    @Test
    void a_private_switch_hides_the_node() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        Pod a = pod("a", port("lab", A, "10.0.5.10"));
        pod("b", port("lab", B, "10.0.5.11"));
        // An address that somebody gave the bridge by hand.
        node.exec("ip", "addr", "add", "10.0.5.1/24", "dev", LinkNames.bridge("lab"));
        assertThat(a.guest.reaches("10.0.5.11")).as("another guest").isTrue();
        assertThat(a.guest.reaches("10.0.5.1")).as("the node").isFalse();
        assertThat(node.succeeds("ping", "-c", "1", "-W", "1", "10.0.5.10"))
                .as("from the node")
                .isFalse();
    }

    @Test
    void two_switches_are_two_networks() throws Exception {
        node.ports()
                .configure(List.of(
                        of("one", SwitchType.INTERNAL, subnet("10.0.5.0/24", false)),
                        of("two", SwitchType.INTERNAL, subnet("10.0.6.0/24", false))));
        node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
        Pod a = pod("a", port("one", A, "10.0.5.10"));
        Pod b = pod("b", port("two", B, "10.0.6.11"));
        a.guest.inside().exec("ip", "route", "add", "default", "via", "10.0.5.1");
        b.guest.inside().exec("ip", "route", "add", "default", "via", "10.0.6.1");
        assertThat(a.guest.reaches("10.0.5.1")).as("its node").isTrue();
        assertThat(a.guest.reaches("10.0.6.11"))
                .as("a guest on another switch, through the node")
                .isFalse();
        assertThat(passes(a, pod("c", port("one", "00:15:5d:00:00:0c", "10.0.5.12")), ping(A)))
                .isTrue();
        assertThat(b.guest.received())
                .noneMatch(frame -> frame.length > 14 && frame[12] == (byte) 0x88 && frame[13] == (byte) 0xB5);
    }

    private static byte[] ping(String from) {
        return Frames.ethernet(Frames.EVERYBODY, from, 0x0800, Frames.udp4("10.0.5.10", "10.0.5.255", 9, 9, "to all"));
    }

    @Test
    void a_foreign_mac_address_passes_only_where_spoofing_is_allowed() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        SwitchPort closed = port("lab", A);
        Pod a = pod("a", closed);
        Pod b = pod("b", port("lab", B));
        byte[] forged = Frames.ethernet(
                Frames.EVERYBODY, "02:00:00:00:00:66", 0x0800, Frames.udp4("10.0.5.66", "10.0.5.255", 9, 9, "forged"));
        byte[] forgedArp = Frames.ethernet(
                Frames.EVERYBODY, A, 0x0806, Frames.arpReply("02:00:00:00:00:66", "10.0.5.66", "10.0.5.11"));
        assertThat(passes(a, b, forged)).as("a foreign source").isFalse();
        assertThat(passes(a, b, forgedArp)).as("a foreign sender in ARP").isFalse();
        assertThat(passes(a, b, Frames.tagged(forged, 0)))
                .as("a foreign source with a priority tag")
                .isFalse();

        node.ports().add(a.attachment, List.of(guarded(closed, true, false, false)));
        byte[] again = Frames.ethernet(
                Frames.EVERYBODY, "02:00:00:00:00:66", 0x0800, Frames.udp4("10.0.5.66", "10.0.5.255", 9, 9, "allowed"));
        a.guest.send(again);
        byte[] payload = Arrays.copyOfRange(again, 14, again.length);
        await("the frame with a foreign source")
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.guest.hasReceived(payload));
    }

    @Test
    void the_address_that_is_kept_for_a_guest_is_the_only_one_it_uses() throws Exception {
        node.ports()
                .configure(List.of(
                        of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false), subnet("fd00:5::/64", false))));
        Pod a = pod("a", port("lab", A, "10.0.5.10", "fd00:5::10"));
        Pod b = pod("b", port("lab", B, "10.0.5.11", "fd00:5::11"));
        assertThat(passes(
                        a,
                        b,
                        Frames.ethernet(Frames.EVERYBODY, A, 0x0806, Frames.arpReply(A, "10.0.5.1", "10.0.5.11"))))
                .as("ARP for the gateway's address")
                .isFalse();
        assertThat(passes(
                        a,
                        b,
                        Frames.ethernet(Frames.EVERYBODY, A, 0x0806, Frames.arpReply(A, "10.0.5.10", "10.0.5.11"))))
                .as("ARP for its own address")
                .isTrue();
        assertThat(passes(
                        a,
                        b,
                        Frames.ethernet(B, A, 0x0800, Frames.udp4("10.0.5.1", "10.0.5.11", 9, 9, "as the gateway"))))
                .as("the gateway's address as a packet's source")
                .isFalse();
        assertThat(passes(a, b, Frames.ethernet(B, A, 0x86DD, neighbourAdvertisement("fd00:5::10", "fd00:5::1"))))
                .as("a neighbour advertisement for the gateway")
                .isFalse();
        assertThat(passes(a, b, Frames.ethernet(B, A, 0x86DD, neighbourAdvertisement("fd00:5::10", "fd00:5::10"))))
                .as("a neighbour advertisement for itself")
                .isTrue();
    }

    private static byte[] neighbourAdvertisement(String from, String target) {
        byte[] message = Frames.joined(
                new byte[] {(byte) 136, 0, 0, 0, 0x20, 0, 0, 0},
                InetAddress.ofLiteral(target).getAddress());
        return Frames.ipv6(from, "fd00:5::11", 58, message);
    }

    @Test
    void a_guarded_guest_is_no_dhcp_server() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        Pod a = pod("a", guarded(port("lab", A), false, true, false));
        Pod b = pod("b", port("lab", B));
        byte[] offer = Frames.ethernet(
                Frames.EVERYBODY, A, 0x0800, Frames.udp4("10.0.5.66", "255.255.255.255", 67, 68, "offer"));
        byte[] fragmented = Frames.ethernet(
                Frames.EVERYBODY, A, 0x0800, Frames.ipv4("10.0.5.66", "255.255.255.255", 17, 0x2000, new byte[] {
                    0, 67, 0, 68, 0, 99, 0, 0, 'f', 'r', 'a', 'g', 'm', 'e', 'n', 't'
                }));
        byte[] six = Frames.ethernet(
                B, A, 0x86DD, Frames.ipv6("fe80::66", "ff02::1", 17, new byte[] {2, 0x23, 2, 0x22, 0, 8, 0, 0}));
        byte[] hidden = Frames.ethernet(B, A, 0x86DD, Frames.ipv6("fe80::66", "ff02::1", 44, new byte[] {
            60, 0, 0, 1, 0, 0, 0, 7, 17, 0, 1, 4, 0, 0, 0, 0, 2, 0x23, 2, 0x22, 0, 8, 0, 0
        }));
        assertThat(passes(a, b, offer)).as("an offer").isFalse();
        assertThat(passes(a, b, Frames.tagged(offer, 0)))
                .as("an offer with a priority tag")
                .isFalse();
        assertThat(passes(a, b, Frames.tagged(offer, 5)))
                .as("an offer with a tag")
                .isFalse();
        assertThat(passes(a, b, fragmented)).as("an offer in fragments").isFalse();
        assertThat(passes(a, b, six)).as("DHCPv6").isFalse();
        assertThat(passes(a, b, hidden))
                .as("DHCPv6 behind a header in a fragment")
                .isFalse();
        assertThat(passes(
                        b,
                        a,
                        Frames.ethernet(
                                Frames.EVERYBODY,
                                B,
                                0x0800,
                                Frames.udp4("0.0.0.0", "255.255.255.255", 67, 68, "unguarded"))))
                .as("an unguarded guest's offer")
                .isTrue();
    }

    @Test
    void a_guarded_guest_is_no_router() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        Pod a = pod("a", guarded(port("lab", A), false, false, true));
        Pod b = pod("b", port("lab", B));
        byte[] advertisement =
                Frames.ethernet("33:33:00:00:00:01", A, 0x86DD, Frames.ipv6("fe80::66", "ff02::1", 58, new byte[] {
                    (byte) 134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1
                }));
        byte[] redirect = Frames.ethernet(B, A, 0x0800, Frames.ipv4("10.0.5.10", "10.0.5.11", 1, 0, new byte[] {
            5, 1, 0, 0, 10, 0, 5, 66, 1, 2, 3, 4
        }));
        assertThat(passes(a, b, advertisement)).as("a router advertisement").isFalse();
        assertThat(passes(a, b, redirect)).as("a redirect").isFalse();
        byte[] unguarded =
                Frames.ethernet("33:33:00:00:00:01", B, 0x86DD, Frames.ipv6("fe80::67", "ff02::1", 58, new byte[] {
                    (byte) 134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 2
                }));
        assertThat(passes(b, a, unguarded))
                .as("an unguarded guest's advertisement")
                .isTrue();
    }

    @Test
    void of_an_access_list_the_longest_prefix_counts() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false))));
        SwitchPort open = port("lab", A, "10.0.5.10");
        Pod a = pod(
                "a",
                with(
                        open,
                        new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.5.0/24"),
                        new AccessControl(AccessControl.Action.ALLOW, AccessControl.Direction.BOTH, "10.0.5.11/32")));
        pod("b", port("lab", B, "10.0.5.11"));
        pod("c", port("lab", "00:15:5d:00:00:0c", "10.0.5.12"));
        assertThat(a.guest.reaches("10.0.5.11")).as("the one that is allowed").isTrue();
        assertThat(a.guest.reaches("10.0.5.12"))
                .as("another of the network that is denied")
                .isFalse();
        node.ports().add(a.attachment, List.of(open));
        assertThat(a.guest.reaches("10.0.5.12")).as("without the list").isTrue();
    }

    @Test
    void a_guest_that_floods_is_stopped_and_others_are_not() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        SwitchPort limited = TestPort.on("lab", A).stormLimit(5).port();
        Pod a = pod("a", limited);
        Pod b = pod("b", port("lab", B));
        for (int i = 0; i < 200; i++) {
            a.guest.send(
                    Frames.ethernet(Frames.EVERYBODY, A, 0x88B6, ("flood" + i).getBytes(StandardCharsets.US_ASCII)));
        }
        b.guest.send(Frames.ethernet(Frames.EVERYBODY, B, 0x88B6, "calm".getBytes(StandardCharsets.US_ASCII)));
        await("the calm one")
                .atMost(Duration.ofSeconds(5))
                .until(() -> a.guest.hasReceived("calm".getBytes(StandardCharsets.US_ASCII)));
        await("the first of the flood")
                .atMost(Duration.ofSeconds(5))
                .until(() -> !b.guest.received().isEmpty());
        assertThat(b.guest.received().stream()
                        .filter(frame -> frame.length > 14 && frame[12] == (byte) 0x88 && frame[13] == (byte) 0xB6))
                .hasSizeBetween(1, 50);
    }

    @Test
    void another_limit_and_another_verdict_take_the_place_of_the_ones_before() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false))));
        SwitchPort before = with(
                TestPort.on("lab", A, "10.0.5.10").stormLimit(5).port(),
                new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.5.11/32"));
        Pod a = pod("a", before);
        pod("b", port("lab", B, "10.0.5.11"));
        assertThat(a.guest.reaches("10.0.5.11")).as("denied").isFalse();
        SwitchPort now = with(
                TestPort.on("lab", A, "10.0.5.10").stormLimit(7).port(),
                new AccessControl(AccessControl.Action.ALLOW, AccessControl.Direction.BOTH, "10.0.5.11/32"));
        node.ports().add(a.attachment, List.of(now));
        assertThat(a.guest.reaches("10.0.5.11")).as("allowed").isTrue();
        node.ports().check(a.attachment, List.of(now));
        assertThat(node.exec("nft", "list", "map", "bridge", "kubehv", "storms"))
                .contains("storm_7")
                .doesNotContain("storm_5");
    }

    @Test
    void a_cable_can_be_pulled() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false))));
        SwitchPort plugged = port("lab", A, "10.0.5.10");
        Pod a = pod("a", plugged);
        assertThat(a.guest.reaches("10.0.5.1")).isTrue();
        node.ports()
                .add(
                        a.attachment,
                        List.of(TestPort.like(plugged).connected(false).port()));
        assertThat(a.guest.reaches("10.0.5.1")).as("with the cable out").isFalse();
        node.ports().add(a.attachment, List.of(plugged));
        assertThat(a.guest.reaches("10.0.5.1")).as("with the cable in again").isTrue();
    }

    @Test
    void guests_get_the_addresses_that_are_kept_for_them() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", true))));
        Pod a = new Pod("a");
        SwitchPort port = port("lab", A, "10.0.5.77");
        node.ports().add(a.attachment, List.of(port));
        a.guest = node.keep(new TestGuest(a.namespace, "tap0", A));
        await("an answer of DHCP").atMost(Duration.ofSeconds(20)).until(() -> {
            a.guest.send(TestDhcp.discover(A));
            return a.guest.received().stream().anyMatch(frame -> TestDhcp.offers(frame, "10.0.5.77"));
        });
    }

    @Test
    void a_port_that_is_asked_for_twice_is_there_once_and_goes_without_a_trace() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false))));
        Pod a = pod("a", port("lab", A, "10.0.5.10"));
        node.ports().add(a.attachment, List.of(port("lab", A, "10.0.5.10")));
        assertThat(a.guest.reaches("10.0.5.1")).isTrue();
        node.ports().remove("container-a", "eth0");
        node.ports().remove("container-a", "eth0");
        assertThat(node.exec("ip", "-o", "link")).doesNotContain(LinkNames.PORT);
        assertThat(a.namespace.exec("ip", "-o", "link")).doesNotContain("tap0", LinkNames.INSIDE);
        assertThat(node.exec("nft", "list", "ruleset")).doesNotContain(LinkNames.PORT);
        assertThat(node.ports().configure(List.of())).isEmpty();
        assertThat(node.exec("ip", "-o", "link")).doesNotContain("kv");
    }

    @Test
    void a_pod_whose_namespace_is_gone_leaves_nothing() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        Pod a = new Pod("a");
        node.ports().add(a.attachment, List.of(port("lab", A)));
        a.namespace.close();
        node.ports().remove("container-a", "eth0");
        assertThat(node.exec("ip", "-o", "link")).doesNotContain(LinkNames.PORT);
        assertThat(node.exec("nft", "list", "ruleset")).doesNotContain(LinkNames.PORT);
    }

    @Test
    void a_restarted_daemon_knows_its_ports_and_mends_what_others_broke() throws Exception {
        List<SwitchConfiguration> configuration = List.of(of("lab", SwitchType.INTERNAL, subnet("10.0.5.0/24", false)));
        node.ports().configure(configuration);
        Pod a = pod("a", port("lab", A, "10.0.5.10"));
        pod("b", port("lab", B, "10.0.5.11"));
        node.exec("ip", "link", "del", LinkNames.bridge("lab"));
        node.exec("nft", "flush", "ruleset");
        node.exec("ip", "link", "add", "kvp000000000000", "type", "veth");
        node.restart();
        assertThatThrownBy(() -> node.ports().check(a.attachment, List.of(port("lab", A, "10.0.5.10"))))
                .isInstanceOf(SwitchException.class);
        assertThat(node.ports().configure(configuration)).isEmpty();
        node.ports().check(a.attachment, List.of(port("lab", A, "10.0.5.10")));
        assertThat(a.guest.reaches("10.0.5.11")).isTrue();
        assertThat(node.exec("ip", "-o", "link")).as("a port that nobody has").doesNotContain("kvp000000000000");
        node.ports().collect(Optional.empty(), Set.of(new ContainerInterface("container-b", "eth0")));
        assertThat(a.guest.reaches("10.0.5.1"))
                .as("a guest whose port was collected")
                .isFalse();
    }

    private static SwitchPort in(SwitchPort port, Vlan vlan) {
        return TestPort.like(port).vlan(vlan).port();
    }

    private static Vlan access(int id) {
        return new Vlan(new Vlan.AccessVlan(id), null, null);
    }

    private static Vlan trunk(String allowed, int nativeId) {
        return new Vlan(null, new Vlan.TrunkVlan(allowed, nativeId), null);
    }

    private static Vlan secluded(PrivateVlanMode mode, @Nullable Integer secondary, @Nullable String secondaries) {
        return new Vlan(null, null, new Vlan.PrivateVlan(mode, 100, secondary, secondaries));
    }

    private static final String C = "00:15:5d:00:00:0c";
    private static final String D = "00:15:5d:00:00:0d";

    private static byte[] frame(String from, String text) {
        return Frames.ethernet(
                Frames.EVERYBODY, from, 0x0800, Frames.udp4("10.0.5.10", "10.0.5.255", 9, 9, text + System.nanoTime()));
    }

    /** Whether what one sends comes to another; {@code witness} is one that everything of the sender's VLAN comes to. */
    private static boolean comes(Pod from, Pod to, Pod witness, byte[] frame) {
        boolean isTagged = frame[12] == (byte) 0x81;
        byte[] payload = Arrays.copyOfRange(frame, isTagged ? 18 : 14, frame.length);
        from.guest.send(frame);
        await("the frame at the one that sees all")
                .atMost(Duration.ofSeconds(5))
                .until(() -> witness.guest.hasReceived(payload));
        return to.guest.hasReceived(payload);
    }

    @Test
    void an_access_port_is_in_its_vlan_alone_and_a_trunk_in_those_that_it_allows() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        SwitchPort inTen = in(port("lab", A), access(10));
        Pod a = pod("a", inTen);
        Pod b = pod("b", in(port("lab", B), access(10)));
        Pod c = pod("c", in(port("lab", C), access(20)));
        Pod all = pod("all", in(port("lab", D), trunk("10-20", 30)));
        Pod none = pod("none", port("lab", "00:15:5d:00:00:0e"));

        byte[] toTen = frame(A, "to ten");
        assertThat(comes(a, b, all, toTen)).as("the same VLAN").isTrue();
        assertThat(comes(a, c, all, frame(A, "not to twenty")))
                .as("another VLAN")
                .isFalse();
        assertThat(comes(a, none, all, frame(A, "not to none")))
                .as("a port of no VLAN")
                .isFalse();
        assertThat(all.guest.received())
                .as("with its tag at the trunk")
                .anyMatch(got -> Arrays.equals(got, Frames.tagged(toTen, 10)));
        assertThat(b.guest.received()).as("without a tag at an access port").anyMatch(got -> Arrays.equals(got, toTen));

        byte[] tagged = Frames.tagged(frame(D, "from the trunk"), 20);
        assertThat(comes(all, b, c, tagged))
                .as("by its tag to twenty, not to ten")
                .isFalse();
        all.guest.send(Frames.tagged(frame(D, "not allowed"), 21));
        all.guest.send(frame(D, "native, where nobody else is"));
        a.guest.send(Frames.tagged(frame(A, "with a tag of its own"), 10));
        a.guest.send(Frames.tagged(Frames.tagged(frame(A, "with two tags"), 20), 10));
        byte[] last = Frames.tagged(frame(D, "the last"), 10);
        assertThat(comes(all, c, b, last)).isFalse();
        for (Pod pod : List.of(b, c, none)) {
            for (String text : List.of("not allowed", "native", "tag of its own", "two tags")) {
                assertThat(pod.guest.received())
                        .noneMatch(got -> new String(got, StandardCharsets.ISO_8859_1).contains(text));
            }
        }

        node.ports().check(a.attachment, List.of(inTen));
        node.ports().add(a.attachment, List.of(in(port("lab", A), access(20))));
        assertThat(comes(a, b, c, frame(A, "moved to twenty")))
                .as("after it has moved")
                .isFalse();
        node.ports().add(a.attachment, List.of(port("lab", A)));
        assertThat(comes(a, c, none, frame(A, "moved to no VLAN")))
                .as("after it has left")
                .isFalse();
    }

    @Test
    void guests_of_a_private_vlan_reach_whom_their_mode_says() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        Pod isolated = pod("i1", in(port("lab", A), secluded(PrivateVlanMode.ISOLATED, 101, null)));
        Pod alone = pod("i2", in(port("lab", B), secluded(PrivateVlanMode.ISOLATED, 101, null)));
        Pod one = pod("c1", in(port("lab", C), secluded(PrivateVlanMode.COMMUNITY, 102, null)));
        Pod two = pod("c2", in(port("lab", D), secluded(PrivateVlanMode.COMMUNITY, 102, null)));
        String mac = "00:15:5d:00:00:0e";
        Pod server = pod("p", in(port("lab", mac), secluded(PrivateVlanMode.PROMISCUOUS, null, "101-102")));
        assertThat(comes(isolated, alone, server, frame(A, "i1")))
                .as("isolated to isolated")
                .isFalse();
        assertThat(comes(isolated, one, server, frame(A, "i2")))
                .as("isolated to a community")
                .isFalse();
        assertThat(comes(one, two, server, frame(C, "c1")))
                .as("within a community")
                .isTrue();
        assertThat(comes(one, isolated, server, frame(C, "c2")))
                .as("a community to isolated")
                .isFalse();
        assertThat(comes(server, isolated, two, frame(mac, "p1")))
                .as("promiscuous to isolated")
                .isTrue();
        assertThat(comes(server, one, alone, frame(mac, "p2")))
                .as("promiscuous to a community")
                .isTrue();
    }

    @Test
    void no_guard_is_passed_by_a_tag_that_the_port_allows() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE)));
        SwitchPort plain = guarded(port("lab", A), false, true, true);
        byte[] offer = Frames.ethernet(
                Frames.EVERYBODY, A, 0x0800, Frames.udp4("10.0.5.66", "255.255.255.255", 67, 68, "an offer"));
        byte[] forged = Frames.ethernet(
                Frames.EVERYBODY,
                "02:00:00:00:00:66",
                0x0800,
                Frames.udp4("10.0.5.66", "10.0.5.255", 9, 9, "a foreign source"));
        byte[] forgedArp = Frames.ethernet(
                Frames.EVERYBODY, A, 0x0806, Frames.arpReply("02:00:00:00:00:66", "10.0.5.66", "10.0.5.11"));
        Pod b = pod("b", in(port("lab", B), access(10)));
        Pod onTrunk = pod("trunk", in(plain, trunk("10", 0)));
        for (byte[] bad : List.of(offer, forged, forgedArp)) {
            onTrunk.guest.send(Frames.tagged(bad, 10));
            onTrunk.guest.send(Frames.tagged(Frames.tagged(bad, 10), 10));
        }
        byte[] good = Frames.tagged(frame(A, "nothing forbids this"), 10);
        assertThat(comes(onTrunk, b, b, good)).isTrue();
        node.ports().add(onTrunk.attachment, List.of(in(plain, access(10))));
        for (byte[] bad : List.of(offer, forged, forgedArp)) {
            onTrunk.guest.send(bad);
        }
        assertThat(comes(onTrunk, b, b, frame(A, "nor this"))).isTrue();
        for (byte[] bad : List.of(offer, forged, forgedArp)) {
            assertThat(b.guest.hasReceived(Arrays.copyOfRange(bad, 14, bad.length)))
                    .isFalse();
        }
    }

    private static SwitchPort mirrored(SwitchPort port, PortMirroring part) {
        return TestPort.like(port).mirroring(part).port();
    }

    @Test
    void what_sources_send_and_get_comes_to_the_destinations_of_their_switch_as_well() throws Exception {
        node.ports().configure(List.of(of("lab", SwitchType.PRIVATE), of("other", SwitchType.PRIVATE)));
        Pod a = pod("a", mirrored(port("lab", A), PortMirroring.SOURCE));
        Pod b = pod("b", port("lab", B));
        Pod one = pod("d1", mirrored(port("lab", C), PortMirroring.DESTINATION));
        Pod two = pod("d2", mirrored(port("lab", D), PortMirroring.DESTINATION));
        Pod elsewhere = pod("e", mirrored(port("other", "00:15:5d:00:00:0e"), PortMirroring.DESTINATION));
        byte[] sent = Frames.ethernet(B, A, 0x0800, Frames.udp4("10.0.5.10", "10.0.5.11", 9, 9, "sent"));
        byte[] got = Frames.ethernet(A, B, 0x0800, Frames.udp4("10.0.5.11", "10.0.5.10", 9, 9, "got"));
        a.guest.send(sent);
        b.guest.send(got);
        for (Pod destination : List.of(one, two)) {
            await("both directions at a destination")
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> destination.guest.hasReceived(sent) && destination.guest.hasReceived(got));
        }
        assertThat(elsewhere.guest.hasReceived(sent))
                .as("a destination of another switch")
                .isFalse();

        node.ports().add(a.attachment, List.of(port("lab", A)));
        byte[] later = Frames.ethernet(B, A, 0x0800, Frames.udp4("10.0.5.10", "10.0.5.11", 9, 9, "later"));
        assertThat(comes(a, one, b, later))
                .as("from one that is no source any more")
                .isFalse();
    }

    @Test
    void an_external_switch_joins_its_guests_to_the_wire_and_leaves_the_nodes_own_interfaces_alone() throws Exception {
        TestNamespace lan = node.keep(new TestNamespace());
        node.exec("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "eth0", "netns", lan.name());
        node.exec("ip", "link", "set", "wire0", "up");
        lan.exec("ip", "link", "set", "eth0", "up");
        lan.exec("ip", "addr", "add", "10.0.5.200/24", "dev", "eth0");
        SwitchConfiguration external = new SwitchConfiguration(
                "wire",
                SwitchType.EXTERNAL,
                Optional.empty(),
                Optional.of(TestUplink.of("wire0").uplink()),
                1500,
                List.of());

        node.exec("ip", "addr", "add", "10.0.5.100/24", "dev", "wire0");
        assertThat(node.ports().configure(List.of(external)))
                .hasEntrySatisfying(
                        "wire",
                        failure -> assertThat(failure)
                                .isInstanceOf(SwitchException.Conflict.class)
                                .hasMessageContaining("10.0.5.100"));
        assertThat(lan.succeeds("ping", "-c", "1", "-W", "1", "10.0.5.100"))
                .as("the node is where it was")
                .isTrue();

        node.exec("ip", "addr", "del", "10.0.5.100/24", "dev", "wire0");
        assertThat(node.ports().configure(List.of(external))).isEmpty();
        Pod a = pod("a", port("wire", A));
        a.guest.inside().exec("ip", "addr", "add", "10.0.5.10/24", "dev", "eth0");
        assertThat(a.guest.reaches("10.0.5.200")).as("a machine on the wire").isTrue();
        node.ports().remove("container-a", "eth0");
        assertThat(node.ports().configure(List.of())).isEmpty();
        assertThat(node.exec("ip", "link", "show", "wire0"))
                .as("the uplink is the node's again")
                .doesNotContain("master");
    }

    @Test
    void one_switch_over_two_nodes_is_one_network_and_one_a_node_is_two() throws Exception {
        try (TestNode other = new TestNode(directory.resolve("other"))) {
            SwitchPorts otherPorts = other.ports();
            node.exec(
                    "ip",
                    "link",
                    "add",
                    "between",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "between",
                    "netns",
                    other.namespace().name());
            for (TestNode each : List.of(node, other)) {
                each.exec("ip", "link", "set", "between", "up");
            }
            node.exec("ip", "addr", "add", "192.0.2.1/24", "dev", "between");
            other.exec("ip", "addr", "add", "192.0.2.2/24", "dev", "between");
            node.ports().configure(List.of(between("192.0.2.1", "192.0.2.2", B), of("here", SwitchType.PRIVATE)));
            otherPorts.configure(List.of(between("192.0.2.2", "192.0.2.1", A), of("here", SwitchType.PRIVATE)));
            Pod a = pod("a", port("far", A));
            Pod b = new Pod("b");
            otherPorts.add(b.attachment, List.of(port("far", B)));
            b.guest = node.keep(new TestGuest(b.namespace, "tap0", B));
            for (Pod pod : List.of(a, b)) {
                pod.guest.inside().exec("ip", "link", "set", "eth0", "mtu", "1450");
            }
            a.guest.inside().exec("ip", "addr", "add", "10.0.5.10/24", "dev", "eth0");
            b.guest.inside().exec("ip", "addr", "add", "10.0.5.11/24", "dev", "eth0");
            assertThat(a.guest.reaches("10.0.5.11"))
                    .as("a guest on another node")
                    .isTrue();
            assertThat(a.guest.inside().succeeds("ping", "-c", "1", "-W", "1", "-M", "do", "-s", "1422", "10.0.5.11"))
                    .as("a packet of the largest size, whole")
                    .isTrue();

            Pod c = pod("c", port("here", "00:15:5d:00:00:0c", "10.0.6.10"));
            Pod d = new Pod("d");
            otherPorts.add(d.attachment, List.of(port("here", "00:15:5d:00:00:0d", "10.0.6.11")));
            d.guest = node.keep(new TestGuest(d.namespace, "tap0", "00:15:5d:00:00:0d"));
            d.guest.inside().exec("ip", "addr", "add", "10.0.6.11/24", "dev", "eth0");
            assertThat(c.guest.reaches("10.0.6.11"))
                    .as("with each node for itself")
                    .isFalse();
        }
    }

    private static SwitchConfiguration between(String local, String remote, String remoteMac) {
        return new SwitchConfiguration(
                "far",
                SwitchType.PRIVATE,
                Optional.of(new SwitchConfiguration.Tunnel(
                        4711,
                        InetAddress.ofLiteral(local),
                        Set.of(
                                new ForwardingTable.Remote(MacAddress.NOBODY, InetAddress.ofLiteral(remote)),
                                new ForwardingTable.Remote(new MacAddress(remoteMac), InetAddress.ofLiteral(remote))))),
                Optional.empty(),
                1450,
                List.of());
    }

    @Test
    void a_switch_that_is_not_known_is_tried_again_later() {
        assertThat(node.ports().unavailable()).isNotNull();
        node.ports().configure(List.of());
        assertThat(node.ports().unavailable()).isNull();
        assertThatThrownBy(() -> node.ports().add(new Pod("a").attachment, List.of(port("nowhere", A))))
                .isInstanceOf(SwitchException.TryAgainLater.class)
                .hasMessageContaining("nowhere");
    }
}
