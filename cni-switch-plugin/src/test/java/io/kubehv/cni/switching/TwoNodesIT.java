package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.linux.Frames;
import io.kubehv.cni.linux.TestGuest;
import io.kubehv.cni.netlink.ForwardingTable.Remote;
import io.kubehv.cni.netlink.MacAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** IPv6 on a switch over two nodes, each played by a namespace with a switch daemon's ports of its own. */
class TwoNodesIT {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";

    private TestNode here;
    private TestNode there;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        here = new TestNode(directory.resolve("here"));
        there = new TestNode(directory.resolve("there"));
        here.exec(
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
                there.namespace().name());
        address(here, "192.0.2.1/24", "2001:db8::1/64");
        address(there, "192.0.2.2/24", "2001:db8::2/64");
    }

    private static void address(TestNode node, String four, String six) {
        node.exec("ip", "link", "set", "between", "up");
        node.exec("ip", "addr", "add", four, "dev", "between");
        node.exec("ip", "addr", "add", six, "dev", "between", "nodad");
    }

    @AfterEach
    void end() throws Exception {
        here.close();
        there.close();
    }

    private void joined(String hereAddress, String thereAddress, int mtu) {
        assertThat(here.ports().configure(List.of(over(hereAddress, thereAddress, B, mtu))))
                .isEmpty();
        assertThat(there.ports().configure(List.of(over(thereAddress, hereAddress, A, mtu))))
                .isEmpty();
    }

    private static SwitchConfiguration over(String local, String remote, String remoteMac, int mtu) {
        InetAddress other = InetAddress.ofLiteral(remote);
        return new SwitchConfiguration(
                "far",
                SwitchType.PRIVATE,
                Optional.of(new SwitchConfiguration.Tunnel(
                        4711,
                        InetAddress.ofLiteral(local),
                        Set.of(new Remote(MacAddress.NOBODY, other), new Remote(new MacAddress(remoteMac), other)))),
                Optional.empty(),
                mtu,
                List.of(Subnet.of("fd00:5::/64")));
    }

    private static TestGuest plug(TestNode node, String name, SwitchPort port, int mtu) throws Exception {
        TestGuest guest = node.plug(name, port);
        guest.inside().exec("ip", "link", "set", "eth0", "mtu", Integer.toString(mtu));
        for (String address : port.addresses()) {
            guest.inside().exec("ip", "addr", "add", address + "/64", "dev", "eth0", "nodad");
        }
        return guest;
    }

    private static SwitchPort port(String mac, String address, boolean routerGuard) {
        return TestPort.on("far", mac, address)
                .guards(false, false, routerGuard)
                .port();
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1,192.0.2.2,1450", "2001:db8::1,2001:db8::2,1430"})
    void guests_on_two_nodes_find_and_reach_each_other_by_ipv6(String local, String remote, int mtu) throws Exception {
        joined(local, remote, mtu);
        TestGuest a = plug(here, "a", port(A, "fd00:5::10", true), mtu);
        plug(there, "b", port(B, "fd00:5::11", true), mtu);
        assertThat(a.reaches("fd00:5::11")).as("by neighbour discovery").isTrue();
        assertThat(a.inside().exec("ip", "-6", "neigh", "show", "fd00:5::11")).contains(B);
        String whole = Integer.toString(mtu - 48);
        assertThat(a.inside().succeeds("ping", "-c", "1", "-W", "1", "-M", "do", "-s", whole, "fd00:5::11"))
                .as("a packet of the largest size, whole")
                .isTrue();
        assertThat(a.inside().succeeds("ping", "-c", "1", "-W", "2", "-s", "4000", "fd00:5::11"))
                .as("a larger one in fragments")
                .isTrue();
        assertThat(here.succeeds("ping", "-c", "1", "-W", "1", "fd00:5::11"))
                .as("from the node, on a Private switch")
                .isFalse();
    }

    @Test
    void what_a_guard_forbids_does_not_come_to_another_node_either() throws Exception {
        joined("192.0.2.1", "192.0.2.2", 1450);
        TestGuest a = plug(here, "a", port(A, "fd00:5::10", true), 1450);
        TestGuest b = plug(there, "b", port(B, "fd00:5::11", false), 1450);
        byte[] advertised = advertisement("fe80::66", 1);
        byte[] forged = neighbour("fd00:5::10", "fd00:5::1");
        byte[] own = neighbour("fd00:5::10", "fd00:5::10");
        a.send(Frames.ethernet("33:33:00:00:00:01", A, 0x86DD, advertised));
        a.send(Frames.ethernet(B, A, 0x86DD, forged));
        comes(a, A, b);
        a.send(Frames.ethernet(B, A, 0x86DD, own));
        await("a neighbour advertisement for itself")
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.hasReceived(own));
        assertThat(b.hasReceived(advertised)).as("a router advertisement").isFalse();
        assertThat(b.hasReceived(forged)).as("one for somebody else").isFalse();

        byte[] unguarded = advertisement("fe80::67", 2);
        b.send(Frames.ethernet("33:33:00:00:00:01", B, 0x86DD, unguarded));
        await("an unguarded guest's router advertisement")
                .atMost(Duration.ofSeconds(5))
                .until(() -> a.hasReceived(unguarded));
    }

    private static void comes(TestGuest from, String mac, TestGuest to) {
        byte[] marker = "nothing forbids this".getBytes(StandardCharsets.US_ASCII);
        from.send(Frames.ethernet(Frames.EVERYBODY, mac, 0x88B5, marker));
        await("what nothing forbids").atMost(Duration.ofSeconds(5)).until(() -> to.hasReceived(marker));
    }

    private static byte[] advertisement(String from, int mark) {
        byte[] message = Arrays.copyOf(new byte[] {(byte) 134, 0, 0, 0, 64, 0, 7, 8}, 16);
        message[15] = (byte) mark;
        return Frames.ipv6(from, "ff02::1", 58, message);
    }

    private static byte[] neighbour(String from, String target) {
        byte[] message = Frames.joined(
                new byte[] {(byte) 136, 0, 0, 0, 0x20, 0, 0, 0},
                InetAddress.ofLiteral(target).getAddress());
        return Frames.ipv6(from, "fd00:5::11", 58, message);
    }

    private static byte[] ordinary(String text) {
        byte[] data = Frames.joined(
                new byte[] {0, 9, 0, 9, 0, 40, 0, 0}, new byte[12], text.getBytes(StandardCharsets.US_ASCII));
        return Frames.ethernet(B, A, 0x86DD, Frames.ipv6("fd00:5::10", "fd00:5::11", 17, data));
    }

    private static void cut(TestNode node) {
        node.exec(
                "nft",
                "add table bridge cut; add chain bridge cut everything { type filter hook forward priority -300; policy drop; }");
    }

    @Test
    void ordinary_frames_between_guests_on_two_nodes_need_no_bridge_but_for_one_now_and_then() throws Exception {
        joined("192.0.2.1", "192.0.2.2", 1450);
        TestGuest a = plug(here, "a", port(A, "fd00:5::10", true), 1450);
        TestGuest b = plug(there, "b", port(B, "fd00:5::11", true), 1450);
        cut(here);
        cut(there);
        there.exec("nft", "add rule bridge cut everything meta l4proto udp counter");
        byte[] second = ordinary("without a bridge");
        await("one without a bridge").atMost(Duration.ofSeconds(5)).until(() -> {
            a.send(second);
            return b.hasReceived(second);
        });
        assertThat(there.exec("nft", "list", "table", "bridge", "cut"))
                .as("those by which the other node's bridge learns where the sender is")
                .doesNotContain("packets 0 ");

        byte[] forged = Frames.ethernet(B, A, 0x86DD, Frames.ipv6("fd00:5::66", "fd00:5::11", 17, ordinary("forged")));
        byte[] advertised = Frames.ethernet(B, A, 0x86DD, advertisement("fd00:5::10", 3));
        byte[] last = ordinary("the last");
        a.send(forged);
        a.send(advertised);
        a.send(last);
        await("the last").atMost(Duration.ofSeconds(5)).until(() -> {
            a.send(last);
            return b.hasReceived(last);
        });
        assertThat(b.hasReceived(forged)).as("from a foreign address").isFalse();
        assertThat(b.hasReceived(advertised)).as("a router advertisement").isFalse();
    }

    @Test
    void a_guest_is_looked_for_on_the_node_where_it_is() throws Exception {
        joined("192.0.2.1", "192.0.2.2", 1450);
        TestGuest a = plug(here, "a", port(A, "fd00:5::10", true), 1450);
        TestGuest b = plug(there, "b", port(B, "fd00:5::11", true), 1450);
        TestGuest moved = plug(here, "moved", port(B, "fd00:5::11", true), 1450);
        // The other node tells later than here that it has the guest no more, or again.
        for (String told : List.of("00:15:5d:00:00:0c", B)) {
            assertThat(here.ports().configure(List.of(over("192.0.2.1", "192.0.2.2", told, 1450))))
                    .isEmpty();
        }
        cut(here);
        byte[] toOwn = ordinary("to its own node");
        a.send(toOwn);
        await("what is for the port of its own node")
                .atMost(Duration.ofSeconds(5))
                .until(() -> moved.hasReceived(toOwn));

        here.ports().remove("container-moved", "eth0");
        byte[] toOther = ordinary("to the other node");
        a.send(toOther);
        await("what is for the other node").atMost(Duration.ofSeconds(5)).until(() -> b.hasReceived(toOther));
        assertThat(b.hasReceived(toOwn)).isFalse();

        assertThat(here.ports().configure(List.of(over("192.0.2.1", "192.0.2.2", "00:15:5d:00:00:0c", 1450))))
                .isEmpty();
        byte[] toNobody = ordinary("to nobody that the switch knows");
        a.send(toNobody);
        here.exec("nft", "delete table bridge cut");
        byte[] last = ordinary("by the bridge");
        a.send(last);
        await("what the bridge sends to all nodes")
                .atMost(Duration.ofSeconds(5))
                .until(() -> b.hasReceived(last));
        assertThat(b.hasReceived(toNobody)).isFalse();
    }
}
