package io.kubehv.cni.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.Tap;
import io.kubehv.cni.linux.TestNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Netlink as we write it, against the kernel, and looked at by iproute2 and nft. */
class NetlinkIT {
    private static final MacAddress MAC = new MacAddress("02:4b:48:00:00:05");

    private final TestNamespace node = new TestNamespace();
    private final TestNamespace pod = new TestNamespace();
    private NetworkNamespace nodeNamespace;
    private NetworkNamespace podNamespace;
    private NetlinkSocket socket;
    private Links links;

    @BeforeEach
    void enter() throws IOException {
        nodeNamespace = node.open();
        podNamespace = pod.open();
        socket = NetlinkSocket.route(nodeNamespace);
        links = new Links(socket);
    }

    @AfterEach
    void leave() throws IOException {
        socket.close();
        nodeNamespace.close();
        podNamespace.close();
        node.close();
        pod.close();
    }

    @Test
    void a_bridge_is_made_as_asked_for() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        assertThat(node.exec("ip", "-d", "link", "show", "kvs0"))
                .contains("mtu 1450", MAC.text(), "addrgenmode none", "forward_delay 0", "mcast_snooping 0", "UP");
        Link bridge = links.get("kvs0");
        assertThat(bridge.kind()).contains("bridge");
        assertThat(bridge.mac()).contains(MAC);
        assertThatThrownBy(() -> links.makeBridge("kvs0", 1450, MAC))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.isPresent()).isTrue())
                .hasMessageContaining("make the bridge kvs0");
    }

    @Test
    void a_pair_reaches_into_a_pod_and_goes_as_one() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        links.makeVethPair(
                "kvp0", "inside0", podNamespace, 1450, links.get("kvs0").index());
        try (NetlinkSocket inside = NetlinkSocket.route(podNamespace)) {
            Links podLinks = new Links(inside);
            podLinks.switchOn(podLinks.get("inside0").index(), 1450, 7);
        }
        assertThat(pod.exec("ip", "-d", "link", "show", "inside0"))
                .contains("mtu 1450", "LOWER_UP", "addrgenmode none");
        assertThat(node.exec("ip", "link", "show", "kvp0")).contains("master kvs0", "LOWER_UP");
        links.delete("kvp0");
        links.delete("kvp0");
        assertThat(links.find("kvp0")).isEmpty();
        assertThat(pod.succeeds("ip", "link", "show", "inside0")).isFalse();
    }

    @Test
    void a_tap_is_its_owners_and_joined_to_the_pair() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        links.makeVethPair(
                "kvp0", "inside0", podNamespace, 1450, links.get("kvs0").index());
        Tap.make(podNamespace, "tap0", 107, true);
        Tap.make(podNamespace, "tap0", 107, true);
        assertThat(pod.exec("ip", "-d", "tuntap", "list"))
                .contains("tap0: tap", "multi_queue", "vnet_hdr", "persist", "user 107");
        try (NetlinkSocket inside = NetlinkSocket.route(podNamespace)) {
            Links podLinks = new Links(inside);
            int tap = podLinks.get("tap0").index();
            podLinks.switchOn(tap, 1450, 7);
            TrafficControl control = new TrafficControl(inside);
            int end = podLinks.get("inside0").index();
            control.pass(end, tap);
            control.pass(end, tap);
            control.pass(tap, end);
            control.skip(tap, end);
        }
        for (String device : List.of("tap0", "inside0")) {
            assertThat(pod.exec("tc", "filter", "show", "dev", device, "ingress"))
                    .containsOnlyOnce("direct-action");
        }
    }

    @Test
    void a_limit_comes_and_goes() throws IOException {
        links.makeBridge("kvs0", 1500, MAC);
        int index = links.get("kvs0").index();
        TrafficControl control = new TrafficControl(socket);
        control.limit(index, 100_000_000, 20_000);
        assertThat(node.exec("tc", "qdisc", "show", "dev", "kvs0")).contains("tbf", "rate 100Mbit", "burst");
        control.limit(index, 50_000_000_000L, 200_000);
        assertThat(node.exec("tc", "qdisc", "show", "dev", "kvs0")).contains("rate 50Gbit");
        control.unlimit(index);
        control.unlimit(index);
        assertThat(node.exec("tc", "qdisc", "show", "dev", "kvs0")).doesNotContain("tbf");
    }

    @Test
    void what_passes_is_mirrored_until_the_rule_is_cleared() throws IOException {
        links.makeBridge("kvs0", 1500, MAC);
        links.makeBridge("kvs1", 1500, MAC);
        int from = links.get("kvs0").index();
        TrafficControl control = new TrafficControl(socket);
        links.makeBridge("kvs2", 1500, MAC);
        control.mirror(
                from,
                TrafficControl.Direction.EGRESS,
                7,
                List.of(links.get("kvs1").index(), links.get("kvs2").index()));
        assertThat(node.exec("tc", "filter", "show", "dev", "kvs0", "egress"))
                .contains("Egress Mirror to device kvs1", "Egress Mirror to device kvs2");
        control.mirror(from, TrafficControl.Direction.EGRESS, 7, List.of());
        control.clear(from, TrafficControl.Direction.EGRESS, 7);
        assertThat(node.exec("tc", "filter", "show", "dev", "kvs0", "egress")).isBlank();
    }

    @Test
    void a_vxlan_knows_who_is_where() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        links.makeVxlan(
                "kvx0",
                4711,
                4789,
                InetAddress.ofLiteral("127.0.0.1"),
                1450,
                links.get("kvs0").index());
        assertThat(node.exec("ip", "-d", "link", "show", "kvx0"))
                .contains("vxlan id 4711", "local 127.0.0.1", "dstport 4789", "nolearning", "master kvs0");
        int vxlan = links.get("kvx0").index();
        ForwardingTable table = new ForwardingTable(socket);
        var everybody = List.of(
                new ForwardingTable.Remote(MacAddress.NOBODY, InetAddress.ofLiteral("10.0.0.2")),
                new ForwardingTable.Remote(MacAddress.NOBODY, InetAddress.ofLiteral("10.0.0.3")),
                new ForwardingTable.Remote(new MacAddress("00:15:5d:00:00:01"), InetAddress.ofLiteral("10.0.0.3")));
        for (ForwardingTable.Remote remote : everybody) {
            table.add(vxlan, remote);
        }
        assertThat(table.remotes(vxlan)).containsExactlyInAnyOrderElementsOf(everybody);
        for (ForwardingTable.Remote remote : everybody) {
            table.remove(vxlan, remote);
            table.remove(vxlan, remote);
        }
        assertThat(table.remotes(vxlan)).isEmpty();
    }

    @Test
    void a_ports_mac_stays_its_own() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        links.makeVethPair(
                "kvp0", "inside0", podNamespace, 1450, links.get("kvs0").index());
        ForwardingTable table = new ForwardingTable(socket);
        MacAddress mac = new MacAddress("00:15:5d:00:00:01");
        int port = links.get("kvp0").index();
        table.bind(port, mac);
        table.bind(port, mac);
        links.setPort(port, false, false);
        assertThat(node.exec("bridge", "fdb", "show", "dev", "kvp0"))
                .contains(mac.text() + " sticky master kvs0 static");
        assertThat(node.exec("bridge", "-d", "link", "show", "dev", "kvp0")).contains("learning off", "flood off");
        table.unbind(port, mac);
        table.unbind(port, mac);
        assertThat(node.exec("bridge", "fdb", "show", "dev", "kvp0")).doesNotContain(mac.text());
    }

    @Test
    void addresses_come_and_go() throws IOException {
        links.makeBridge("kvs0", 1450, MAC);
        int bridge = links.get("kvs0").index();
        Addresses addresses = new Addresses(socket);
        var four = new Addresses.Assigned(InetAddress.ofLiteral("10.0.5.1"), 24);
        var six = new Addresses.Assigned(InetAddress.ofLiteral("fd00:5::1"), 64);
        addresses.add(bridge, four);
        addresses.add(bridge, four);
        addresses.add(bridge, six);
        assertThat(addresses.list(bridge)).containsExactlyInAnyOrder(four, six);
        addresses.remove(bridge, four);
        assertThat(addresses.list(bridge)).containsExactly(six);
    }
}
