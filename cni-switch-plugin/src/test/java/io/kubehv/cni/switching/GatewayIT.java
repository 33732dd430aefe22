package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.linux.TestGuest;
import io.kubehv.cni.linux.TestNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node passes on of what guests send it, to a network beyond. */
class GatewayIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";
    private static final String BEYOND = "198.51.100.2";
    private static final String BEYOND6 = "2001:db8::2";

    @BeforeEach
    void plugIn() {
        TestNamespace beyond = node.keep(new TestNamespace());
        node.exec("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "eth0", "netns", beyond.name());
        node.exec("ip", "link", "set", "wire0", "up");
        node.exec("ip", "addr", "add", "198.51.100.1/24", "dev", "wire0");
        node.exec("ip", "addr", "add", "2001:db8::1/64", "dev", "wire0", "nodad");
        beyond.exec("ip", "link", "set", "eth0", "up");
        beyond.exec("ip", "addr", "add", BEYOND + "/24", "dev", "eth0");
        beyond.exec("ip", "addr", "add", BEYOND6 + "/64", "dev", "eth0", "nodad");
        node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=0");
    }

    private static SwitchConfiguration lab(Subnet... subnets) {
        return new SwitchConfiguration(
                "lab", SwitchType.INTERNAL, Optional.empty(), Optional.empty(), 1500, List.of(subnets));
    }

    private TestGuest guest(String name, String mac, String address, int length, String gateway) throws Exception {
        TestGuest guest = node.plug(name, TestPort.on("lab", mac, address).port());
        guest.inside().exec("ip", "addr", "add", address + "/" + length, "dev", "eth0");
        await("the address of " + name)
                .atMost(Duration.ofSeconds(10))
                .until(() ->
                        guest.inside().exec("ip", "addr", "show", "tentative").isBlank());
        guest.inside().exec("ip", "route", "add", "default", "via", gateway);
        return guest;
    }

    private boolean isFollowed(String one, String other) {
        return node.exec("cat", "/proc/net/nf_conntrack")
                .lines()
                .anyMatch(line -> line.contains("src=" + one + " dst=" + other));
    }

    @Test
    void what_leaves_by_the_node_is_translated_and_guests_reach_each_other() throws Exception {
        node.ports().configure(List.of(lab(Subnet.of("10.0.5.0/24").passedOn(true, true))));
        TestGuest a = guest("a", A, "10.0.5.10", 24, "10.0.5.1");
        guest("b", B, "10.0.5.11", 24, "10.0.5.1");
        assertThat(a.reaches(BEYOND))
                .as("in the node's name, for nobody there knows 10.0.5.0/24")
                .isTrue();
        assertThat(isFollowed("10.0.5.10", BEYOND)).isTrue();
        assertThat(a.reaches("10.0.5.1")).as("the node").isTrue();
        assertThat(isFollowed("10.0.5.10", "10.0.5.1")).isTrue();
        assertThat(a.reaches("10.0.5.11")).as("another guest").isTrue();
    }

    @Test
    void a_node_that_passes_no_ipv6_on_says_what_to_do() throws Exception {
        SwitchConfiguration lab = lab(Subnet.of("fd00:5::/64").passedOn(true, true));
        assertThat(node.ports().configure(List.of(lab))).isEmpty();
        TestGuest a = guest("a", A, "fd00:5::10", 64, "fd00:5::1");
        assertThat(a.reaches(BEYOND6)).isFalse();
        assertThat(node.ports().contradiction(lab).orElse(""))
                .contains("fd00:5:0:0:0:0:0:1", "IPv6", "net.ipv6.conf.all.forwarding=1");
        node.exec("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        assertThat(node.ports().contradiction(lab)).isEmpty();
        assertThat(a.reaches(BEYOND6)).isTrue();
    }

    @Test
    void a_node_that_passes_no_ipv4_on_says_what_to_do_where_somebody_asks_for_it() throws Exception {
        node.exec("sysctl", "-qw", "net.ipv4.ip_forward=0");
        assertThat(node.ports()
                        .contradiction(lab(Subnet.of("10.0.5.0/24").passedOn(true, false)))
                        .orElse(""))
                .contains("10.0.5.1", "net.ipv4.ip_forward=1");
        assertThat(node.ports().contradiction(lab(Subnet.of("10.0.5.0/24")))).isEmpty();
    }
}
