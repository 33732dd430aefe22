package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.linux.TestTraffic;
import io.kubehv.cni.linux.TestTraffic.End;
import io.kubehv.cni.linux.TestTraffic.Flow;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much passes a port, with real frames from tap to tap. */
class BandwidthIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";
    private static final int FRAME = 1514;
    private static final int WINDOW = 200 * FRAME;

    private End plug(String name, SwitchPort port) throws Exception {
        TestNamespace pod = node.pod();
        node.ports().add(TestNode.attachment(name, pod), List.of(port));
        return new End(pod, port.device(), port.macAddress(), port.addresses().getFirst());
    }

    private static SwitchPort port(String mac, String address, @Nullable Long maximum) {
        return TestPort.on("lab", mac, address).maximum(maximum).port();
    }

    /** In a turn in which the uplink's 100 Mbit/s were all used: of a slower machine's, nothing is to be shared. */
    private static List<Flow> whenBusy(End lan, End... from) {
        List<Flow> flows = TestTraffic.flow(2, FRAME, WINDOW, lan, from);
        for (int turn = 1; turn < 5 && sum(flows) < 97e6; turn++) {
            flows = TestTraffic.flow(2, FRAME, WINDOW, lan, from);
        }
        return flows;
    }

    private static double sum(List<Flow> flows) {
        return flows.stream().mapToDouble(Flow::bitsPerSecond).sum();
    }

    /** Of some turns: what else the machine does can only make it slower. */
    private static Flow fastest(long maximum, int frame, int window, End to, End from) {
        Flow fastest = TestTraffic.flow(2, frame, window, to, from).getFirst();
        for (int turn = 1; turn < 4 && fastest.bitsPerSecond() < 0.95 * maximum; turn++) {
            Flow next = TestTraffic.flow(2, frame, window, to, from).getFirst();
            fastest = next.bitsPerSecond() > fastest.bitsPerSecond() ? next : fastest;
        }
        return fastest;
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000_000, 10_000_000, 100_000_000, 1_000_000_000})
    void a_port_gets_and_sends_what_it_may_and_no_more(long maximum) throws Exception {
        node.ports()
                .configure(List.of(new SwitchConfiguration(
                        "lab", SwitchType.PRIVATE, Optional.empty(), Optional.empty(), 1500, List.of())));
        End limited = plug("a", port(A, "10.0.5.10", maximum));
        End free = plug("b", port(B, "10.0.5.11", null));
        int window = (int) Math.clamp(maximum / 80, 32L << 10, 1L << 20);
        // As guests send them: on a busy machine, small ones can't be passed on so fast.
        int frame = maximum < 1_000_000_000 ? FRAME : 32_000;
        Flow sent = fastest(maximum, frame, window, free, limited);
        Flow got = fastest(maximum, frame, window, limited, free);
        assertThat(sent.bitsPerSecond()).as("sent").isCloseTo((double) maximum, withPercentage(10));
        assertThat(got.bitsPerSecond()).as("got").isCloseTo((double) maximum, withPercentage(10));
    }

    private SwitchConfiguration wire(MinimumBandwidthMode mode, long capacity) {
        return new SwitchConfiguration(
                "lab",
                SwitchType.EXTERNAL,
                Optional.empty(),
                Optional.of(TestUplink.of("wire0").uplink()),
                1500,
                List.of(),
                new SwitchConfiguration.Sharing(mode, OptionalLong.of(capacity)));
    }

    /** The node's interface to a physical network whose other end is read here. */
    private End uplink() {
        node.exec("ip", "tuntap", "add", "dev", "wire0", "mode", "tap", "vnet_hdr");
        node.exec("ip", "link", "set", "wire0", "up");
        return new End(node.namespace(), "wire0", "02:00:00:00:00:77", "10.0.5.77");
    }

    private static SwitchPort weighed(SwitchPort port, @Nullable Integer weight) {
        return TestPort.like(port).minimum(weight, null).port();
    }

    private static SwitchPort promised(SwitchPort port, @Nullable Long bits) {
        return TestPort.like(port).minimum(null, bits).port();
    }

    @Test
    void a_busy_uplink_is_shared_by_weight_and_a_change_holds_at_once() throws Exception {
        End lan = uplink();
        assertThat(node.ports().configure(List.of(wire(MinimumBandwidthMode.WEIGHT, 100_000_000))))
                .isEmpty();
        End one = plug("a", weighed(port(A, "10.0.5.10", null), 30));
        End two = plug("b", weighed(port(B, "10.0.5.11", null), 10));
        End rest = plug("c", port("00:15:5d:00:00:0c", "10.0.5.12", null));
        List<Flow> flows = whenBusy(lan, one, two, rest);
        assertThat(sum(flows)).as("all of it is used").isCloseTo(100e6, withPercentage(10));
        assertThat(flows.get(0).bitsPerSecond()).as("30 of 41").isCloseTo(100e6 * 30 / 41, withPercentage(10));
        assertThat(flows.get(1).bitsPerSecond()).as("10 of 41").isCloseTo(100e6 * 10 / 41, withPercentage(10));

        node.ports().add(TestNode.attachment("a", one.namespace()), List.of(weighed(port(A, "10.0.5.10", null), 10)));
        flows = whenBusy(lan, one, two);
        assertThat(flows.get(0).bitsPerSecond()).as("as much as the other").isCloseTo(50e6, withPercentage(10));
        assertThat(whenBusy(lan, rest).getFirst().bitsPerSecond())
                .as("alone, one without a share gets all")
                .isCloseTo(100e6, withPercentage(10));
    }

    @Test
    void what_is_promised_is_kept_and_no_more_is_promised_than_there_is() throws Exception {
        End lan = uplink();
        assertThat(node.ports().configure(List.of(wire(MinimumBandwidthMode.ABSOLUTE, 100_000_000))))
                .isEmpty();
        End promised = plug("a", promised(port(A, "10.0.5.10", null), 60_000_000L));
        End other = plug("b", promised(port(B, "10.0.5.11", null), 30_000_000L));
        End rest = plug("c", port("00:15:5d:00:00:0c", "10.0.5.12", null));
        List<Flow> flows = whenBusy(lan, promised, other, rest);
        assertThat(flows.get(0).bitsPerSecond()).isCloseTo(60e6, withPercentage(10));
        assertThat(flows.get(1).bitsPerSecond()).isCloseTo(30e6, withPercentage(10));
        assertThat(flows.get(2).bitsPerSecond()).as("a tenth").isCloseTo(10e6, withPercentage(10));

        TestNamespace late = node.pod();
        SwitchPort more = promised(port("00:15:5d:00:00:0d", "10.0.5.13", null), 1_000_000L);
        assertThatThrownBy(() -> node.ports().add(TestNode.attachment("d", late), List.of(more)))
                .isInstanceOf(SwitchException.TryAgainLater.class)
                .hasMessageContaining("91000000")
                .hasMessageContaining("90000000");
        assertThatThrownBy(() -> node.ports()
                        .add(
                                TestNode.attachment("b", other.namespace()),
                                List.of(promised(port(B, "10.0.5.11", null), 31_000_000L))))
                .as("a port that is there may not have more either")
                .isInstanceOf(SwitchException.TryAgainLater.class);
        node.ports().remove("container-b", "eth0");
        node.ports().add(TestNode.attachment("d", late), List.of(more));
    }

    @Test
    void a_switch_over_nodes_shares_its_tunnel() throws Exception {
        node.exec("ip", "link", "add", "eth9", "type", "veth", "peer", "name", "far");
        node.exec("ip", "link", "set", "eth9", "up");
        node.exec("ip", "addr", "add", "192.0.2.1/24", "dev", "eth9");
        SwitchConfiguration tunnelled = new SwitchConfiguration(
                "lab",
                SwitchType.PRIVATE,
                Optional.of(new SwitchConfiguration.Tunnel(4711, InetAddress.ofLiteral("192.0.2.1"), Set.of())),
                Optional.empty(),
                1450,
                List.of());
        assertThat(node.ports().configure(List.of(tunnelled))).isEmpty();
        End one = plug("a", weighed(port(A, "10.0.5.10", null), 30));
        String tunnel = LinkNames.tunnel("lab");
        assertThat(node.exec("tc", "class", "show", "dev", tunnel))
                .as("the speed of the interface that has the node's address, a pair's 10 Gbit")
                .contains("rate 10Gbit", "rate 9677Mbit", "rate 322580Kbit");
        node.ports().add(TestNode.attachment("a", one.namespace()), List.of(port(A, "10.0.5.10", null)));
        assertThat(node.exec("tc", "qdisc", "show", "dev", tunnel)).doesNotContain("htb");
    }

    @Test
    void a_queue_goes_with_the_last_share_and_somebody_elses_stays() throws Exception {
        uplink();
        node.exec("tc", "qdisc", "add", "dev", "wire0", "root", "handle", "7:", "htb");
        node.ports().configure(List.of(wire(MinimumBandwidthMode.WEIGHT, 100_000_000)));
        TestNamespace pod = node.pod();
        SwitchPort sharing = weighed(port(A, "10.0.5.10", null), 30);
        assertThatThrownBy(() -> node.ports().add(TestNode.attachment("a", pod), List.of(sharing)))
                .isInstanceOf(SwitchException.Conflict.class)
                .hasMessageContaining("tc qdisc del dev wire0 root");
        assertThat(node.exec("tc", "qdisc", "show", "dev", "wire0")).contains("htb 7:");

        node.exec("tc", "qdisc", "del", "dev", "wire0", "root");
        node.ports().add(TestNode.attachment("a", pod), List.of(sharing));
        assertThat(node.exec("tc", "qdisc", "show", "dev", "wire0")).contains("htb 4b56:");
        node.restart();
        assertThat(node.ports().configure(List.of(wire(MinimumBandwidthMode.WEIGHT, 100_000_000))))
                .isEmpty();
        node.ports().check(TestNode.attachment("a", pod), List.of(sharing));
        assertThat(node.exec("tc", "class", "show", "dev", "wire0")).contains("rate 96774Kbit", "rate 3225Kbit");
        node.ports().remove("container-a", "eth0");
        assertThat(node.exec("tc", "qdisc", "show", "dev", "wire0")).doesNotContain("htb");

        node.ports().add(TestNode.attachment("a", pod), List.of(sharing));
        node.ports().removeEverything();
        assertThat(node.exec("tc", "qdisc", "show", "dev", "wire0")).doesNotContain("htb");
    }
}
