package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.PrivateVlanMode;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.linux.Frames;
import io.kubehv.cni.linux.TestGuest;
import io.kubehv.cni.linux.TestNamespace;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes through a node whose bridges pass nothing on: that went by a shortcut. */
class ShortcutIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";
    private static final String C = "00:15:5d:00:00:0c";
    private static final String FOREIGN = "02:00:00:00:00:0a";
    private static final String A4 = "10.0.5.10";
    private static final String B4 = "10.0.5.11";
    private static final String A6 = "fd00:5::10";
    private static final String B6 = "fd00:5::11";
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int MTU = 1500;

    private int markers;

    @BeforeEach
    void make() {
        assertThat(node.ports().configure(List.of(configuration("lab"), configuration("other"))))
                .isEmpty();
        node.exec(
                "nft",
                "add table bridge cut; add chain bridge cut everything { type filter hook forward priority -300; policy drop; }");
    }

    private static SwitchConfiguration configuration(String name) {
        return new SwitchConfiguration(name, SwitchType.PRIVATE, Optional.empty(), Optional.empty(), MTU, List.of());
    }

    private static TestPort a() {
        return TestPort.on("lab", A, A4, A6).guards(false, true, true);
    }

    private static TestPort b() {
        return TestPort.on("lab", B, B4, B6).guards(false, true, true);
    }

    private static TestPort c() {
        return TestPort.on("lab", C, "10.0.5.12").guards(false, true, true);
    }

    /** A pod with a guest whose port changes. */
    private final class Plugged {
        private final TestNamespace pod = node.pod();
        private final PortService.Attachment attachment;
        private final TestGuest guest;

        Plugged(String name, TestPort port) throws Exception {
            attachment = TestNode.attachment(name, pod);
            become(port);
            guest = node.keep(new TestGuest(pod, "tap0", port.port().macAddress()));
        }

        void become(TestPort port) throws Exception {
            node.ports().add(attachment, List.of(port.port()));
        }

        void remove() throws Exception {
            node.ports().remove(attachment.containerId(), attachment.interfaceName());
        }
    }

    // ---- frames --------------------------------------------------------------------------------------------------

    private static byte[] transport(int from, String text) {
        byte[] data = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(20 + data.length)
                .putShort((short) from)
                .putShort((short) 9)
                .putShort((short) (20 + data.length))
                .position(20)
                .put(data)
                .array();
    }

    private static byte[] message(int type, String text) {
        byte[] data = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(8 + data.length)
                .put((byte) type)
                .position(8)
                .put(data)
                .array();
    }

    private static byte[] four(int protocol, byte[] carried) {
        return Frames.ethernet(B, A, IPV4, Frames.ipv4(A4, B4, protocol, 0, carried));
    }

    private static byte[] six(int nextHeader, byte[] carried) {
        return Frames.ethernet(B, A, IPV6, Frames.ipv6(A6, B6, nextHeader, carried));
    }

    /** The same IPv4 frame with four bytes of options in its header. */
    private static byte[] withOptions(byte[] frame) {
        byte[] more = Frames.joined(
                Arrays.copyOf(frame, 34), new byte[] {1, 1, 1, 0}, Arrays.copyOfRange(frame, 34, frame.length));
        more[14] = 0x46;
        return more;
    }

    private static Named<byte[]> named(String name, byte[] frame) {
        return Named.of(name, frame);
    }

    static Stream<Named<byte[]>> ordinary() {
        return Stream.of(
                named("TCP", four(TCP, transport(9, "TCP"))),
                named("TCP from port 67", four(TCP, transport(67, "TCP from 67"))),
                named("UDP", four(UDP, transport(9, "UDP"))),
                named("an echo request", four(ICMP, message(8, "request"))),
                named("an echo reply", four(ICMP, message(0, "reply"))),
                named("TCP in IPv6", six(TCP, transport(9, "TCP in IPv6"))),
                named("UDP in IPv6", six(UDP, transport(9, "UDP in IPv6"))),
                named("an ICMPv6 echo request", six(ICMPV6, message(128, "request in IPv6"))),
                named("an ICMPv6 echo reply", six(ICMPV6, message(129, "reply in IPv6"))),
                named("the longest frame", four(UDP, transport(9, "x".repeat(MTU - 40)))));
    }

    static Stream<Named<byte[]>> others() {
        byte[] udp = transport(9, "somebody's UDP");
        byte[] ordinary = four(UDP, udp);
        byte[] ordinary6 = six(UDP, udp);
        byte[] router = Frames.joined(
                new byte[] {(byte) 136, 0, 0, 0, 0x20, 0, 0, 0},
                InetAddress.ofLiteral(B6).getAddress());
        return Stream.of(
                named("a forged MAC address", Frames.ethernet(B, FOREIGN, IPV4, Frames.ipv4(A4, B4, UDP, 0, udp))),
                named(
                        "a MAC address forged in its last byte",
                        Frames.ethernet(B, C, IPV4, Frames.ipv4(A4, B4, UDP, 0, udp))),
                named("a forged IPv4 address", Frames.ethernet(B, A, IPV4, Frames.ipv4("10.0.5.1", B4, UDP, 0, udp))),
                named("a forged IPv6 address", Frames.ethernet(B, A, IPV6, Frames.ipv6("fd00:5::1", B6, UDP, udp))),
                named(
                        "an IPv6 address forged in its first bytes",
                        Frames.ethernet(B, A, IPV6, Frames.ipv6("fd00:6::10", B6, UDP, udp))),
                named("no IPv4 address", Frames.ethernet(B, A, IPV4, Frames.ipv4("0.0.0.0", B4, UDP, 0, udp))),
                named("a link-local address", Frames.ethernet(B, A, IPV6, Frames.ipv6("fe80::66", B6, UDP, udp))),
                named("a DHCP server's", four(UDP, transport(67, "an offer"))),
                named("a DHCPv6 server's", six(UDP, transport(547, "an offer in IPv6"))),
                named("a redirect", four(ICMP, message(5, "a redirect"))),
                named("an ICMP router advertisement", four(ICMP, message(9, "a router"))),
                named("a router advertisement", six(ICMPV6, message(134, "a router in IPv6"))),
                named("an ICMPv6 redirect", six(ICMPV6, message(137, "a redirect in IPv6"))),
                named("a neighbour advertisement", six(ICMPV6, router)),
                named(
                        "a first fragment",
                        Frames.ethernet(
                                B,
                                A,
                                IPV4,
                                Frames.fragments4(A4, B4, UDP, udp, 24).getFirst())),
                named(
                        "a last fragment",
                        Frames.ethernet(
                                B,
                                A,
                                IPV4,
                                Frames.fragments4(A4, B4, UDP, udp, 8).getLast())),
                named(
                        "a fragment in IPv6",
                        Frames.ethernet(
                                B,
                                A,
                                IPV6,
                                Frames.fragments6(A6, B6, UDP, udp, 24).getFirst())),
                named("options of IPv6", six(60, Frames.joined(new byte[] {(byte) UDP, 0, 1, 4, 0, 0, 0, 0}, udp))),
                named("options of IPv4", withOptions(ordinary)),
                named("IPv6 said to be IPv4", Frames.ethernet(B, A, IPV4, Frames.ipv6(A6, B6, UDP, udp))),
                named("IPv4 said to be IPv6", Frames.ethernet(B, A, IPV6, version(Frames.ipv6(A6, B6, UDP, udp), 4))),
                named("another protocol of IPv4", four(132, udp)),
                named("another protocol of IPv6", six(132, udp)),
                named("ARP", Frames.ethernet(B, A, 0x0806, Frames.arpReply(A, A4, B4))),
                named("another protocol", Frames.ethernet(B, A, 0x88B5, udp)),
                named("a priority tag", Frames.urgent(ordinary)),
                named("a tag", Frames.tagged(ordinary, 10)),
                named("a tag on IPv6", Frames.tagged(ordinary6, 10)),
                named("two tags", Frames.doubleTagged(ordinary, 10, 10)),
                named("a frame for all", Frames.ethernet(Frames.EVERYBODY, A, IPV4, Frames.ipv4(A4, B4, UDP, 0, udp))),
                named("a frame that is too short", Arrays.copyOf(ordinary, 41)),
                named("a frame that is too long", four(UDP, transport(9, "x".repeat(MTU - 39)))));
    }

    private static byte[] version(byte[] packet, int version) {
        packet[0] = (byte) (version << 4);
        return packet;
    }

    // ---- what comes ----------------------------------------------------------------------------------------------

    /** Frames like this come to the other by a shortcut. */
    private void comes(Plugged from, Plugged to, String why) {
        byte[] frame = between(from, to);
        from.guest.send(frame);
        await(why).atMost(Duration.ofSeconds(5)).until(() -> to.guest.hasReceived(frame));
    }

    /** Frames like this do not, told by what comes from the witness after them. */
    private void comesNot(Plugged from, Plugged to, Plugged witness, Plugged toWitness, String why) {
        byte[] frame = between(from, to);
        from.guest.send(frame);
        comes(witness, toWitness, "the witness of " + why);
        assertThat(to.guest.hasReceived(frame)).as(why).isFalse();
    }

    private byte[] between(Plugged from, Plugged to) {
        return Frames.ethernet(
                mac(to),
                mac(from),
                IPV4,
                Frames.ipv4(address(from), address(to), UDP, 0, transport(9, "marker " + ++markers)));
    }

    private static String mac(Plugged plugged) {
        return "00:15:5d:00:00:0" + plugged.attachment.podName().charAt(0);
    }

    private static String address(Plugged plugged) {
        return "10.0.5." + Integer.parseInt(plugged.attachment.podName().substring(0, 1), 16);
    }

    @ParameterizedTest
    @MethodSource("ordinary")
    void ordinary_frames_between_two_guests_need_no_bridge(byte[] frame) throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        a.guest.send(frame);
        await("the frame").atMost(Duration.ofSeconds(5)).until(() -> b.guest.hasReceived(frame));
        assertThat(b.guest.received()).as("as it was sent").anyMatch(got -> Arrays.equals(got, frame));
    }

    @ParameterizedTest
    @MethodSource("others")
    void everything_else_is_left_to_the_bridge_and_its_rules(byte[] frame) throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        a.guest.send(frame);
        comes(a, b, "an ordinary frame after it");
        byte[] end = Arrays.copyOfRange(frame, Math.max(14, frame.length - 12), frame.length);
        assertThat(b.guest.hasReceived(end)).isFalse();
    }

    @Test
    void a_guest_whose_addresses_nobody_keeps_may_use_all_of_them() throws Exception {
        Plugged a = new Plugged("a", TestPort.on("lab", A));
        Plugged b = new Plugged("b", b());
        byte[] frame = Frames.ethernet(B, A, IPV4, Frames.ipv4("192.0.2.1", B4, UDP, 0, transport(9, "any IPv4")));
        byte[] frame6 = Frames.ethernet(B, A, IPV6, Frames.ipv6("2001:db8::1", B6, UDP, transport(9, "any IPv6")));
        a.guest.send(frame);
        a.guest.send(frame6);
        await("both frames")
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.guest.hasReceived(frame) && b.guest.hasReceived(frame6));
    }

    @Test
    void a_guest_has_each_of_several_addresses_and_no_more() throws Exception {
        Plugged a = new Plugged("a", TestPort.on("lab", A, A4, "10.0.7.10", A6, "fd00:7::10"));
        Plugged b = new Plugged("b", b());
        byte[] frame = Frames.ethernet(B, A, IPV4, Frames.ipv4("10.0.7.10", B4, UDP, 0, transport(9, "the second")));
        byte[] frame6 = Frames.ethernet(B, A, IPV6, Frames.ipv6("fd00:7::10", B6, UDP, transport(9, "second IPv6")));
        byte[] third = Frames.ethernet(B, A, IPV4, Frames.ipv4("10.0.8.10", B4, UDP, 0, transport(9, "the third")));
        a.guest.send(third);
        a.guest.send(frame);
        a.guest.send(frame6);
        await("those of its own addresses")
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.guest.hasReceived(frame) && b.guest.hasReceived(frame6));
        assertThat(b.guest.hasReceived(third)).isFalse();
    }

    @Test
    void a_guest_without_an_address_of_a_family_uses_none_of_it() throws Exception {
        Plugged a = new Plugged("a", TestPort.on("lab", A, A4));
        Plugged b = new Plugged("b", b());
        byte[] frame = six(UDP, transport(9, "nobody gave it one"));
        a.guest.send(frame);
        comes(a, b, "one of the other family");
        assertThat(b.guest.hasReceived(frame)).isFalse();
    }

    @Test
    void a_guest_gets_nothing_from_itself() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        byte[] frame = Frames.ethernet(A, A, IPV4, Frames.ipv4(A4, A4, UDP, 0, transport(9, "to itself")));
        a.guest.send(frame);
        comes(a, b, "to another");
        comes(b, a, "from another");
        assertThat(a.guest.hasReceived(frame)).isFalse();
    }

    @Test
    void a_switch_is_a_network_of_its_own() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", TestPort.on("other", B, B4));
        Plugged c = new Plugged("c", c());
        comesNot(a, b, a, c, "to a guest on another switch");
    }

    // ---- ports that change ---------------------------------------------------------------------------------------

    private static Named<UnaryOperator<TestPort>> change(String name, UnaryOperator<TestPort> change) {
        return Named.of(name, change);
    }

    static Stream<Named<UnaryOperator<TestPort>>> changes() {
        return Stream.of(
                change(
                        "an access list",
                        port -> port.accessControl(List.of(new AccessControl(
                                AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.5.0/24")))),
                change(
                        "a meter",
                        port -> port.accessControl(List.of(new AccessControl(
                                AccessControl.Action.METER, AccessControl.Direction.BOTH, "0.0.0.0/0")))),
                change("no cable", port -> port.connected(false)),
                change("other MAC addresses allowed", port -> port.guards(true, false, false)),
                change("a VLAN", port -> port.vlan(new Vlan(new Vlan.AccessVlan(10), null, null))),
                change("a trunk", port -> port.vlan(new Vlan(null, new Vlan.TrunkVlan("1-20", 0), null))),
                change(
                        "a private VLAN",
                        port -> port.vlan(new Vlan(
                                null, null, new Vlan.PrivateVlan(PrivateVlanMode.PROMISCUOUS, 10, null, "11-12")))),
                change("a copy elsewhere", port -> port.mirroring(PortMirroring.SOURCE)),
                change("copies from elsewhere", port -> port.mirroring(PortMirroring.DESTINATION)),
                change("a maximum", port -> port.maximum(100_000_000_000L)));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void a_port_of_which_more_is_asked_while_it_is_used_has_no_shortcut_until_it_is_as_before(
            UnaryOperator<TestPort> change) throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        Plugged c = new Plugged("c", c());
        comes(a, b, "before");
        comes(b, a, "before, from it");
        b.become(change.apply(b()));
        comesNot(a, b, a, c, "to it");
        comesNot(b, a, c, a, "from it");
        b.become(b());
        comes(a, b, "as before");
        comes(b, a, "as before, from it");
    }

    @Test
    void guests_of_one_vlan_have_shortcuts_among_them() throws Exception {
        Vlan ten = new Vlan(new Vlan.AccessVlan(10), null, null);
        Plugged a = new Plugged("a", a().vlan(ten));
        Plugged b = new Plugged("b", b().vlan(new Vlan(new Vlan.AccessVlan(20), null, null)));
        Plugged c = new Plugged("c", c().vlan(ten));
        comesNot(a, b, a, c, "to another VLAN");
        comesNot(b, a, c, a, "from another VLAN");
        b.become(b().vlan(ten));
        comes(a, b, "to one that came to the VLAN");
        comes(b, a, "from it");
        byte[] tagged = Frames.tagged(four(UDP, transport(9, "with its tag")), 10);
        a.guest.send(tagged);
        comes(a, b, "without a tag");
        assertThat(b.guest.hasReceived(Arrays.copyOfRange(tagged, 18, tagged.length)))
                .isFalse();
    }

    @Test
    void an_address_that_was_taken_from_a_guest_is_its_no_more() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        comes(a, b, "with its address");
        a.become(TestPort.on("lab", A, "10.0.5.20"));
        byte[] frame = four(UDP, transport(9, "from the old address"));
        byte[] now = Frames.ethernet(B, A, IPV4, Frames.ipv4("10.0.5.20", B4, UDP, 0, transport(9, "from the new")));
        a.guest.send(frame);
        a.guest.send(now);
        await("one from the new address").atMost(Duration.ofSeconds(5)).until(() -> b.guest.hasReceived(now));
        assertThat(b.guest.hasReceived(frame)).isFalse();
    }

    // ---- ports that come and go ----------------------------------------------------------------------------------

    @Test
    void what_was_for_a_port_does_not_come_to_an_interface_that_has_its_number_later() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        Plugged c = new Plugged("c", c());
        comes(a, b, "before");
        String link = new PortRecord(b.attachment, List.of(b().port()), null).link(b().port());
        String index = node.exec("cat", "/sys/class/net/" + link + "/ifindex").strip();
        // As when the pod's namespace went and the daemon was not there to be told.
        node.exec("ip", "link", "del", link);
        TestNamespace other = node.pod();
        node.exec(
                "ip",
                "link",
                "add",
                "later",
                "index",
                index,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                other.name());
        // Else the node asks for neighbours by it.
        node.exec("ip", "link", "set", "later", "addrgenmode", "none");
        node.exec("ip", "link", "set", "later", "up");
        other.exec("ip", "link", "set", "eth0", "up");
        String before = packets(other);
        for (int i = 0; i < 10; i++) {
            a.guest.send(between(a, b));
        }
        comes(a, c, "to another");
        assertThat(packets(other)).as("what the later interface got").isEqualTo(before);
    }

    private static String packets(TestNamespace namespace) {
        return namespace
                .exec("cat", "/sys/class/net/eth0/statistics/rx_packets")
                .strip();
    }

    @Test
    void a_port_that_is_gone_is_no_target_and_one_that_takes_its_place_is() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        Plugged c = new Plugged("c", c());
        comes(a, b, "before");
        Plugged again = new Plugged("b2", b());
        comes(a, again, "to the pod that has the MAC address now");
        b.remove();
        comes(a, again, "when the other pod is gone");
        again.remove();
        comesNot(a, again, a, c, "when both are gone");
    }

    @Test
    void shortcuts_outlive_the_daemon_and_its_next_life_knows_no_others() throws Exception {
        Plugged a = new Plugged("a", a());
        Plugged b = new Plugged("b", b());
        Plugged c = new Plugged("c", c());
        comes(a, b, "with the daemon");
        node.ports().close();
        comes(a, b, "without it");
        node.restart();
        byte[] early = between(a, b);
        a.guest.send(early);
        node.exec("nft", "delete table bridge cut");
        comes(a, b, "by the bridge, before the next one knows its switches");
        assertThat(b.guest.hasReceived(early)).isFalse();

        make();
        comes(a, b, "when it knows them");
        b.become(b().connected(false));
        comesNot(a, b, a, c, "to one whose cable is out");
    }
}
