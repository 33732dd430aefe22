package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.PrivateVlanMode;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.TestDhcp;
import io.kubehv.cni.linux.TestGuest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where the node, or a DHCP server that is not the node, is on a switch beside its bridge. */
class NodeAdaptersIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";
    private static final String C = "00:15:5d:00:00:0c";
    private static final String D = "00:15:5d:00:00:0d";
    private static final int ROUTER = 3;
    private static final int NAME_SERVERS = 6;
    private static final int MTU = 26;

    private static SwitchConfiguration of(SwitchType type, Subnet... subnets) {
        return new SwitchConfiguration("lab", type, Optional.empty(), Optional.empty(), 1400, List.of(subnets));
    }

    private static Subnet told(String cidr, int vlan) {
        return Subnet.of(cidr).in(vlan).withDhcp(true, List.of());
    }

    private TestGuest guest(String mac, String address, @Nullable Vlan vlan) throws Exception {
        return node.plug(
                mac.substring(15), TestPort.on("lab", mac, address).vlan(vlan).port());
    }

    private static byte[] offer(TestGuest guest, String mac, String address) {
        await("an offer of " + address).atMost(Duration.ofSeconds(20)).until(() -> {
            guest.send(TestDhcp.discover(mac));
            return guest.received().stream().anyMatch(frame -> TestDhcp.isOffer(frame, mac));
        });
        byte[] offer = guest.received().stream()
                .filter(frame -> TestDhcp.isOffer(frame, mac))
                .findFirst()
                .orElseThrow();
        assertThat(TestDhcp.offers(offer, address)).as("it is " + address).isTrue();
        return offer;
    }

    @Test
    void a_private_switch_tells_its_guests_their_addresses_and_still_hides_the_node() throws Exception {
        node.exec("ip", "addr", "add", "192.0.2.1/32", "dev", "lo");
        node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
        List<String> before = new LeftBehind(node.namespace()).everything();
        node.ports().configure(List.of(of(SwitchType.PRIVATE, told("10.0.5.0/24", 0))));
        TestGuest a = guest(A, "10.0.5.77", null);
        byte[] offer = offer(a, A, "10.0.5.77");
        assertThat(TestDhcp.option(offer, ROUTER)).as("nobody leads out").isEmpty();
        assertThat(TestDhcp.option(offer, NAME_SERVERS))
                .as("nobody knows names")
                .isEmpty();
        assertThat(TestDhcp.option(offer, MTU)).hasValue(new byte[] {5, 120});
        assertThat(node.exec("ip", "addr", "show") + node.exec("ip", "route", "show", "table", "all"))
                .as("the node is not on it")
                .doesNotContain("10.0.5.");

        a.inside().exec("ip", "addr", "add", "10.0.5.77/24", "dev", "eth0");
        a.inside().exec("ip", "route", "add", "default", "via", "10.0.5.1");
        TestGuest b = guest(B, "10.0.5.78", null);
        b.inside().exec("ip", "addr", "add", "10.0.5.78/24", "dev", "eth0");
        assertThat(a.reaches("10.0.5.78")).as("another guest").isTrue();
        assertThat(a.reaches("192.0.2.1")).as("the node, past its DHCP server").isFalse();
        assertThat(node.succeeds("ping", "-c", "1", "-W", "1", "-I", LinkNames.bridge("lab"), "10.0.5.77"))
                .as("from the node")
                .isFalse();

        offer(b, B, "10.0.5.78");
        node.exec("ip", "link", "del", LinkNames.adapter("lab", 0));
        assertThat(node.ports().reconcile()).isEmpty();
        TestGuest c = guest(C, "10.0.5.79", null);
        offer(c, C, "10.0.5.79");
        node.ports().removeEverything();
        assertThat(new LeftBehind(node.namespace()).everything()).isEqualTo(before);
    }

    private static Vlan access(int id) {
        return new Vlan(new Vlan.AccessVlan(id), null, null);
    }

    @Test
    void each_vlan_of_an_internal_switch_has_its_own_gateway_and_addresses() throws Exception {
        SwitchConfiguration lab = of(
                SwitchType.INTERNAL,
                told("10.0.5.0/24", 0),
                told("10.0.10.0/24", 10).passedOn(true, false),
                told("10.0.20.0/24", 20));
        assertThat(node.ports().configure(List.of(lab))).isEmpty();
        List<TestGuest> guests = List.of(
                guest(A, "10.0.5.77", null),
                guest(B, "10.0.10.77", access(10)),
                guest(C, "10.0.20.77", new Vlan(null, new Vlan.TrunkVlan("10,30", 20), null)),
                guest(
                        D,
                        "10.0.10.78",
                        new Vlan(null, null, new Vlan.PrivateVlan(PrivateVlanMode.ISOLATED, 10, 11, null))));
        List<String> gateways = List.of("10.0.5.1", "10.0.10.1", "10.0.20.1", "10.0.10.1");
        List<String> addresses = List.of("10.0.5.77", "10.0.10.77", "10.0.20.77", "10.0.10.78");
        List<String> macs = List.of(A, B, C, D);
        for (int i = 0; i < guests.size(); i++) {
            byte[] offer = offer(guests.get(i), macs.get(i), addresses.get(i));
            assertThat(TestDhcp.option(offer, NAME_SERVERS))
                    .hasValue(InetAddress.ofLiteral(gateways.get(i)).getAddress());
            assertThat(TestDhcp.option(offer, ROUTER).isPresent())
                    .as("only where the node passes on")
                    .isEqualTo(gateways.get(i).equals("10.0.10.1"));
            guests.get(i).inside().exec("ip", "addr", "add", addresses.get(i) + "/8", "dev", "eth0");
        }
        for (int i = 0; i < guests.size(); i++) {
            assertThat(guests.get(i).reaches(gateways.get(i)))
                    .as(addresses.get(i) + " to its gateway")
                    .isTrue();
            String next = addresses.get((i + 1) % guests.size());
            assertThat(guests.get(i).reaches(next))
                    .as(addresses.get(i) + " to " + next + " in another VLAN")
                    .isFalse();
        }
        assertThat(guests.get(3).reaches("10.0.10.77"))
                .as("isolated in VLAN 10")
                .isFalse();
        assertThat(node.ports().reconcile()).isEmpty();
        assertThat(guests.get(1).reaches("10.0.10.1"))
                .as("after a look at everything")
                .isTrue();

        assertThat(node.ports().configure(List.of(of(SwitchType.INTERNAL, told("10.0.5.0/24", 0)))))
                .isEmpty();
        assertThat(node.exec("ip", "link", "show")).doesNotContain(LinkNames.own("lab", 10));
    }
}
