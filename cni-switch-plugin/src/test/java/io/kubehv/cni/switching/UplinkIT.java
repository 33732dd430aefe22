package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.TestListener;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.linux.TestPing;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.switching.UplinkRecord.Phase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An External switch that takes an interface with the node's own addresses: {@code wire0}, which a namespace is behind that plays the
 * physical network, with a stand-in of the API server on 192.0.2.10.
 */
class UplinkIT {
    private static final String NODE = "10.0.5.100";
    private static final String API_SERVER = "192.0.2.10";
    private static final int PORT = 6443;
    private static final String BRIDGE = LinkNames.bridge("wire");
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Of some hundreds: a tenth of a second, on a machine that does much else. */
    private static final int FEW = 10;

    private TestNode node;
    private TestNamespace lan;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        node = new TestNode(directory, Optional.of(new ApiServer(API_SERVER, PORT, PATIENCE)));
        lan = node.keep(new TestNamespace());
        plugIn();
        lan.exec("ip", "addr", "add", API_SERVER + "/32", "dev", "lo");
        lan.exec("ip", "link", "add", "away", "up", "type", "bridge");
        for (String address : List.of("198.51.100.1/24", "2001:db8::1/32")) {
            lan.exec("ip", "addr", "add", address, "dev", "away", "nodad");
        }
        for (String address : List.of(NODE + "/24", "10.0.5.101/24", "10.0.5.102/24", "fd00:5::100/64")) {
            node.exec("ip", "addr", "add", address, "dev", "wire0", "nodad");
        }
        node.exec("ip", "route", "add", "198.51.100.0/24", "via", "10.0.5.1", "metric", "50", "src", "10.0.5.101");
        node.exec("ip", "route", "add", "203.0.113.0/24", "via", "10.0.5.1", "table", "100", "mtu", "1400");
        node.exec("ip", "-6", "route", "add", "2001:db8::/32", "via", "fd00:5::1", "metric", "77");
        node.keep(new TestListener(lan, new InetSocketAddress(API_SERVER, PORT)));
        awaitNoTentativeAddress();
    }

    private void plugIn() {
        node.exec("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "eth0", "netns", lan.name());
        node.exec("ip", "link", "set", "wire0", "address", "02:00:00:00:05:64", "up");
        lan.exec("ip", "link", "set", "eth0", "up");
        for (String address : List.of("10.0.5.1/24", "fd00:5::1/64")) {
            lan.exec("ip", "addr", "add", address, "dev", "eth0", "nodad");
        }
    }

    // Its own link-local one comes a moment later.
    private void awaitNoTentativeAddress() {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> node.exec("ip", "addr", "show", "dev", "wire0").contains("fe80::")
                        && node.exec("ip", "addr", "show", "tentative").isBlank());
    }

    @AfterEach
    void end() throws Exception {
        node.close();
    }

    private void makePrimary() {
        node.exec("ip", "route", "add", "default", "via", "10.0.5.1");
    }

    private Map<String, SwitchException> configure(TestUplink uplink) {
        return node.ports().configure(List.of(uplink.configuration()));
    }

    private List<String> everything() {
        return new LeftBehind(node.namespace()).everything();
    }

    private String uplink() {
        return node.exec("ip", "-d", "addr", "show", "dev", "wire0");
    }

    private String uplinkWithRoutes() {
        return uplink()
                + node.exec("ip", "route", "show", "table", "all")
                        .lines()
                        .filter(line -> line.contains(" dev wire0 "))
                        .collect(Collectors.joining("\n"));
    }

    private boolean isReachedFromTheLan() {
        return lan.succeeds("ping", "-c", "1", "-W", "2", NODE)
                && lan.succeeds("ping", "-c", "1", "-W", "2", "fd00:5::100");
    }

    private static TestUplink shared() {
        return TestUplink.of("wire0").shared();
    }

    @Test
    void what_the_node_has_on_an_uplink_moves_to_the_switch_and_comes_back_with_a_ping_running_through()
            throws Exception {
        List<String> before = everything();
        try (TestPing ping = new TestPing(lan, NODE);
                TestPing ping6 = new TestPing(lan, "fd00:5::100")) {
            assertThat(configure(shared())).isEmpty();
            assertThat(uplink()).contains("master " + BRIDGE).doesNotContain("inet");
            assertThat(node.exec("ip", "addr", "show", "dev", BRIDGE))
                    .contains("link/ether 02:00:00:00:05:64", NODE + "/24", "10.0.5.101/24", "10.0.5.102/24")
                    .contains("fd00:5::100/64", "fe80::");
            assertThat(node.exec("ip", "route", "show", "198.51.100.0/24"))
                    .contains("via 10.0.5.1", "dev " + BRIDGE, "src 10.0.5.101", "metric 50");
            assertThat(node.exec("ip", "route", "show", "table", "100")).contains("dev " + BRIDGE, "mtu 1400");
            assertThat(node.exec("ip", "-6", "route", "show", "2001:db8::/32")).contains("dev " + BRIDGE, "metric 77");
            for (String address : List.of("10.0.5.1", "198.51.100.1", "fd00:5::1", "2001:db8::1")) {
                assertThat(node.succeeds("ping", "-c", "1", "-W", "2", address))
                        .as(address)
                        .isTrue();
            }
            node.ports().configure(List.of());
            assertThat(isReachedFromTheLan()).isTrue();
            assertThat(ping.lost()).isLessThanOrEqualTo(FEW);
            assertThat(ping6.lost()).isLessThanOrEqualTo(FEW);
        }
        node.ports().removeEverything();
        assertThat(everything()).isEqualTo(before);
        assertThat(directory.resolve("uplinks")).isEmptyDirectory();
    }

    @Test
    void a_shared_uplink_joins_guests_and_node_and_the_node_passes_on_what_it_did_before() throws Exception {
        TestNamespace pod = node.pod();
        node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
        node.exec("ip", "link", "add", "pod0", "up", "type", "veth", "peer", "name", "eth0", "netns", pod.name());
        node.exec("ip", "addr", "add", "10.244.0.1/24", "dev", "pod0");
        pod.exec("ip", "addr", "add", "10.244.0.2/24", "dev", "eth0");
        pod.exec("ip", "link", "set", "eth0", "up");
        pod.exec("ip", "route", "add", "default", "via", "10.244.0.1");
        lan.exec("ip", "route", "add", "10.244.0.0/24", "via", NODE);
        assertThat(lan.succeeds("ping", "-c", "1", "-W", "2", "10.244.0.2"))
                .as("before")
                .isTrue();

        assertThat(configure(shared())).isEmpty();
        assertThat(lan.succeeds("ping", "-c", "1", "-W", "2", "10.244.0.2"))
                .as("from the LAN to a pod")
                .isTrue();
        assertThat(pod.succeeds("ping", "-c", "1", "-W", "2", "10.0.5.1"))
                .as("from a pod to the LAN")
                .isTrue();
    }

    @Test
    void what_can_not_be_moved_is_refused_with_the_reason() {
        refuses(TestUplink.of("wire0"), "the address " + NODE + " on the interface wire0", "spec.allowManagementOS");
        node.exec("ip", "addr", "add", "10.0.5.103/24", "dev", "wire0", "valid_lft", "600", "preferred_lft", "600");
        refuses(shared(), "10.0.5.103", "by DHCP or router advertisements", "fixed address");
        node.exec("ip", "addr", "del", "10.0.5.103/24", "dev", "wire0");
        node.exec("ip", "link", "add", "flannel.1", "type", "vxlan", "id", "1", "dev", "wire0", "dstport", "8472");
        refuses(shared(), "the VXLAN flannel.1 sends by the interface wire0 alone");
        node.exec("ip", "link", "del", "flannel.1");
        node.exec("ip", "link", "add", "other", "up", "type", "bridge");
        node.exec("ip", "addr", "add", "10.0.6.1/24", "dev", "other");
        node.exec("ip", "route", "add", "203.0.113.0/24", "nexthop", "via", "10.0.5.1", "nexthop", "via", "10.0.6.9");
        refuses(shared(), "route to 203.0.113.0/24 is by several interfaces");
        node.exec("ip", "route", "del", "203.0.113.0/24");
        assertThat(configure(shared())).isEmpty();
    }

    private void refuses(TestUplink uplink, String... words) {
        String before = uplink();
        assertThat(configure(uplink))
                .hasEntrySatisfying(
                        "wire",
                        failure -> assertThat(failure)
                                .isInstanceOf(SwitchException.Conflict.class)
                                .message()
                                .contains(words));
        assertThat(uplink()).isEqualTo(before);
        assertThat(isReachedFromTheLan()).as("the node is where it was").isTrue();
    }

    @Test
    void the_primary_interface_is_taken_only_when_asked_for_twice_and_only_while_the_api_server_answers()
            throws Exception {
        node.exec("ip", "route", "add", API_SERVER + "/32", "via", "10.0.5.1");
        refuses(shared(), "its way to the API server is by wire0", "acceptPrimaryInterface");
        node.exec("ip", "route", "del", API_SERVER + "/32");
        makePrimary();
        refuses(shared(), "the node's default route", "acceptPrimaryInterface");

        lan.exec("ip", "addr", "del", API_SERVER + "/32", "dev", "lo");
        assertThat(configure(shared().acceptPrimary()))
                .hasEntrySatisfying(
                        "wire",
                        failure -> assertThat(failure)
                                .isInstanceOf(SwitchException.TryAgainLater.class)
                                .hasMessageContaining("does not reach its API server now"));
        lan.exec("ip", "addr", "add", API_SERVER + "/32", "dev", "lo");
        try (TestPing ping = new TestPing(lan, NODE)) {
            assertThat(configure(shared().acceptPrimary())).isEmpty();
            assertThat(node.exec("ip", "route", "show", "default")).contains("dev " + BRIDGE);
            assertThat(node.succeeds("ping", "-c", "1", "-W", "2", API_SERVER)).isTrue();

            assertThat(configure(shared().revision("2")))
                    .as("what was asked for twice is taken back")
                    .hasEntrySatisfying(
                            "wire", failure -> assertThat(failure).isInstanceOf(SwitchException.Conflict.class));
            assertThat(node.exec("ip", "route", "show", "default")).contains("dev wire0");
            assertThat(ping.lost()).isLessThanOrEqualTo(FEW);
        }
    }

    @Test
    void a_node_that_loses_its_api_server_gets_its_interface_back_and_the_same_is_not_tried_again() throws Exception {
        makePrimary();
        String before = uplinkWithRoutes();
        // As of a node whose firewall knows its interface by name.
        node.exec("nft", "add table inet firewall");
        node.exec("nft", "add chain inet firewall out { type filter hook output priority 0; }");
        node.exec("nft", "add rule inet firewall out oifname " + BRIDGE + " tcp dport " + PORT + " drop");
        givesBack(shared().acceptPrimary());
        assertThat(uplinkWithRoutes()).isEqualTo(before);
        assertThat(isReachedFromTheLan()).isTrue();

        node.exec("nft", "delete table inet firewall");
        givesBack(shared().acceptPrimary());
        node.restart();
        givesBack(shared().acceptPrimary());
        assertThat(uplink()).as("it was not tried again").doesNotContain("master");

        assertThat(configure(shared().acceptPrimary().revision("2"))).isEmpty();
        assertThat(uplink()).contains("master " + BRIDGE);
    }

    private void givesBack(TestUplink uplink) {
        assertThat(configure(uplink))
                .hasEntrySatisfying(
                        "wire",
                        failure -> assertThat(failure)
                                .isInstanceOf(SwitchException.UplinkGivenBack.class)
                                .hasMessageContaining("gave wire0 back")
                                .hasMessageContaining(API_SERVER + ":" + PORT + " within 2 s")
                                .hasMessageContaining("not tried again until the spec changes"));
    }

    /** What an earlier life of the daemon has written before it did anything. */
    private UplinkRecord recorded(Phase phase) throws Exception {
        Link link = node.network().links().get("wire0");
        UplinkRecord record = new UplinkRecord(
                "wire",
                "wire0",
                link.mac().orElseThrow().text(),
                "02:4b:48:00:00:01",
                true,
                "1",
                phase,
                node.network().heldAddresses().of(link.index()),
                node.network().heldRoutes().of(link.index()));
        return UplinkJournal.open(directory.resolve("uplinks")).put(record);
    }

    @Test
    void wherever_the_daemon_dies_on_the_way_to_the_switch_its_next_life_gives_the_node_back_what_it_had()
            throws Exception {
        makePrimary();
        String before = uplinkWithRoutes();
        int steps = 0;
        for (int died = 0; died <= steps; died++) {
            node.network().links().makeBridge(BRIDGE, 1500, new MacAddress("02:4b:48:00:00:01"));
            UplinkRecord record = recorded(Phase.COMING);
            List<UplinkMove.Step> way = new UplinkMove(node.network())
                    .toBridge(
                            record,
                            node.network().links().get("wire0"),
                            node.network().links().get(BRIDGE));
            steps = way.size();
            UplinkMove.go(way.subList(0, died));
            assertThat(lan.succeeds("ping", "-c", "1", "-W", "2", NODE))
                    .as("dead after step " + died)
                    .isTrue();
            node.restart();
            assertThat(isReachedFromTheLan()).as("died after step " + died).isTrue();
            node.network().deleteLink(BRIDGE);
            assertThat(uplinkWithRoutes()).as("died after step " + died).isEqualTo(before);
            assertThat(directory.resolve("uplinks")).isEmptyDirectory();
        }
        assertThat(steps).isGreaterThan(10);
    }

    @Test
    void wherever_the_daemon_dies_on_the_way_back_its_next_life_goes_it_to_the_end() throws Exception {
        makePrimary();
        String before = uplinkWithRoutes();
        int steps = 1;
        for (int died = 0; died < steps; died++) {
            node.restart();
            assertThat(configure(shared().acceptPrimary())).isEmpty();
            Link bridge = node.network().links().get(BRIDGE);
            UplinkJournal journal = UplinkJournal.open(directory.resolve("uplinks"));
            UplinkRecord record = journal.put(journal.find("wire").orElseThrow().in(Phase.RETURNING));
            List<UplinkMove.Step> way = new UplinkMove(node.network())
                    .toUplink(
                            record, Optional.of(bridge), node.network().links().get("wire0"));
            steps = way.size();
            UplinkMove.go(way.subList(0, died));
            node.restart();
            node.ports().configure(List.of());
            assertThat(isReachedFromTheLan()).as("died after step " + died).isTrue();
            assertThat(uplinkWithRoutes()).as("died after step " + died).isEqualTo(before);
        }
        assertThat(steps).isGreaterThan(10);
    }

    @Test
    void a_daemon_that_dies_while_it_waits_for_the_api_server_waits_in_its_next_life() throws Exception {
        makePrimary();
        for (boolean isReached : new boolean[] {true, false}) {
            node.network().links().makeBridge(BRIDGE, 1500, new MacAddress("02:4b:48:00:00:01"));
            UplinkRecord record = recorded(Phase.ON_TRIAL);
            UplinkMove.go(new UplinkMove(node.network())
                    .toBridge(
                            record,
                            node.network().links().get("wire0"),
                            node.network().links().get(BRIDGE)));
            if (!isReached) {
                lan.exec("ip", "addr", "del", API_SERVER + "/32", "dev", "lo");
            }
            node.restart();
            assertThat(uplink().contains("master " + BRIDGE)).isEqualTo(isReached);
            assertThat(isReachedFromTheLan()).isTrue();
            if (isReached) {
                assertThat(configure(shared().acceptPrimary())).isEmpty();
                node.ports().configure(List.of());
            } else {
                givesBack(shared().acceptPrimary());
            }
        }
    }

    @Test
    void a_restarted_daemon_and_one_that_mends_a_deleted_bridge_leave_the_node_reachable() throws Exception {
        makePrimary();
        assertThat(configure(shared().acceptPrimary())).isEmpty();
        node.restart();
        assertThat(configure(shared().acceptPrimary())).isEmpty();
        assertThat(isReachedFromTheLan()).isTrue();
        // As whoever works on the node has made it since.
        node.exec("ip", "addr", "add", "10.0.5.110/24", "dev", BRIDGE);
        node.exec("ip", "addr", "del", "10.0.5.102/24", "dev", BRIDGE);
        node.exec("ip", "route", "add", "192.0.2.128/25", "via", "10.0.5.1");
        assertThat(node.ports().reconcile()).isEmpty();
        assertThat(node.exec("ip", "addr", "show", "dev", BRIDGE))
                .contains("10.0.5.110")
                .doesNotContain("10.0.5.102");

        node.exec("ip", "link", "del", BRIDGE);
        assertThat(node.ports().reconcile()).isEmpty();
        assertThat(isReachedFromTheLan()).isTrue();
        assertThat(node.exec("ip", "route", "show", "default")).contains("dev " + BRIDGE);

        node.exec("ip", "addr", "add", "10.0.5.110/24", "dev", BRIDGE);
        node.exec("ip", "route", "add", "192.0.2.128/25", "via", "10.0.5.1");
        node.ports().configure(List.of());
        assertThat(uplink()).as("what came since is the node's, too").contains("10.0.5.110/24");
        assertThat(node.exec("ip", "route", "show", "192.0.2.128/25")).contains("dev wire0");
    }

    @Test
    void an_uplink_that_goes_down_or_vanishes_is_the_nodes_again_when_it_is_back() throws Exception {
        makePrimary();
        assertThat(configure(shared().acceptPrimary())).isEmpty();
        lan.exec("ip", "link", "set", "eth0", "down");
        assertThat(node.ports().reconcile()).isEmpty();
        lan.exec("ip", "link", "set", "eth0", "up");
        lan.exec("ip", "addr", "replace", "fd00:5::1/64", "dev", "eth0", "nodad");
        await().atMost(Duration.ofSeconds(10)).until(this::isReachedFromTheLan);

        node.exec("ip", "link", "del", "wire0");
        assertThat(node.ports().reconcile())
                .hasEntrySatisfying(
                        "wire", failure -> assertThat(failure).hasMessageContaining("has no interface wire0"));
        assertThat(node.exec("ip", "addr", "show", "dev", BRIDGE))
                .as("what is to come back")
                .contains(NODE);
        plugIn();
        // As the node's own network configuration gives it anew.
        node.exec("ip", "addr", "add", NODE + "/24", "dev", "wire0");
        assertThat(node.ports().reconcile()).isEmpty();
        await().atMost(Duration.ofSeconds(10)).until(this::isReachedFromTheLan);
        assertThat(uplink()).doesNotContain("inet ");
        assertThat(node.exec("ip", "route", "show", "default")).contains("dev " + BRIDGE);
        node.ports().configure(List.of());
        assertThat(isReachedFromTheLan()).isTrue();
    }

    @Test
    void a_switch_that_is_changed_gives_back_what_it_had() throws Exception {
        assertThat(configure(shared())).isEmpty();
        node.exec("ip", "link", "add", "wire1", "up", "type", "veth");
        assertThat(configure(TestUplink.of("wire1").shared())).isEmpty();
        assertThat(uplink()).doesNotContain("master").contains(NODE);
        assertThat(node.exec("ip", "link", "show", "wire1")).contains("master " + BRIDGE);
        assertThat(configure(shared())).isEmpty();
        assertThat(node.exec("ip", "link", "show", "wire1")).doesNotContain("master");
        assertThat(configure(TestUplink.of("wire0").revision("2")))
                .as("not shared any more")
                .containsKey("wire");
        assertThat(uplink()).doesNotContain("master").contains(NODE);
        assertThat(isReachedFromTheLan()).isTrue();
        assertThat(Files.exists(directory.resolve("uplinks/wire.json"))).isFalse();
    }
}
