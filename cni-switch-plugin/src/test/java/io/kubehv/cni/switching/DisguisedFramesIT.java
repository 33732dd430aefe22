package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.linux.Frames;
import io.kubehv.cni.linux.TestGuest;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames that a guard forbids, in every disguise that a guest can give them, at every kind of port. */
class DisguisedFramesIT extends WithNode {
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";
    private static final String FOREIGN = "02:00:00:00:00:66";
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;

    private TestGuest sender;
    private TestGuest receiver;

    @BeforeEach
    void start() {
        node.ports()
                .configure(List.of(new SwitchConfiguration(
                        "lab", SwitchType.PRIVATE, Optional.empty(), Optional.empty(), 1500, List.of())));
    }

    /** What the ports of both are. */
    enum Kind {
        PLAIN,
        ACCESS,
        TRUNK,
        TRUNK_WITH_NATIVE;

        @Nullable
        Vlan vlan() {
            return switch (this) {
                case PLAIN -> null;
                case ACCESS -> new Vlan(new Vlan.AccessVlan(10), null, null);
                case TRUNK -> new Vlan(null, new Vlan.TrunkVlan("10-20", 0), null);
                case TRUNK_WITH_NATIVE -> new Vlan(null, new Vlan.TrunkVlan("10-20", 10), null);
            };
        }

        /** A frame that passes this port when no guard forbids what it carries. */
        byte[] dressed(byte[] frame) {
            return this == TRUNK ? Frames.tagged(frame, 10) : frame;
        }
    }

    private void plug(Kind kind, TestPort guarded) throws Exception {
        sender = node.plug("a", guarded.vlan(kind.vlan()).port());
        receiver = node.plug(
                "b",
                TestPort.on("lab", B)
                        .guards(true, false, false)
                        .vlan(kind.vlan())
                        .port());
    }

    private static Stream<byte[]> disguises(byte[] frame) {
        return Stream.of(
                frame,
                Frames.urgent(frame),
                Frames.tagged(frame, 0),
                Frames.tagged(frame, 10),
                Frames.tagged(frame, 15),
                Frames.tagged(Frames.tagged(frame, 10), 10),
                Frames.tagged(Frames.urgent(frame), 10),
                Frames.urgent(Frames.tagged(frame, 10)),
                Frames.doubleTagged(frame, 10, 15),
                Frames.doubleTagged(frame, 0, 0));
    }

    /** None of the frames, in no disguise, comes to the receiver; what nothing forbids comes, before and after. */
    private void nothingPasses(Kind kind, byte[]... forbidden) {
        comes(kind, "before");
        List<String> passed = new ArrayList<>();
        for (byte[] frame : forbidden) {
            disguises(frame).forEach(sender::send);
        }
        comes(kind, "after");
        for (int i = 0; i < forbidden.length; i++) {
            byte[] payload = Arrays.copyOfRange(forbidden[i], 14, forbidden[i].length);
            for (byte[] got : receiver.received()) {
                if (endsWith(got, payload)) {
                    passed.add("frame " + i + " as " + Arrays.toString(Arrays.copyOf(got, 22)));
                }
            }
        }
        assertThat(passed).isEmpty();
    }

    private static boolean endsWith(byte[] frame, byte[] end) {
        return frame.length >= end.length
                && Arrays.equals(frame, frame.length - end.length, frame.length, end, 0, end.length);
    }

    private void comes(Kind kind, String when) {
        byte[] marker = ("nothing forbids this, " + when).getBytes(StandardCharsets.US_ASCII);
        sender.send(kind.dressed(Frames.ethernet(Frames.EVERYBODY, A, 0x88B5, marker)));
        await("what nothing forbids, " + when).atMost(Duration.ofSeconds(5)).until(() -> receiver.hasReceived(marker));
    }

    private static byte[] udp(int from, int to, String text) {
        byte[] data = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(8 + data.length)
                .putShort((short) from)
                .putShort((short) to)
                .putShort((short) (8 + data.length))
                .putShort((short) 0)
                .put(data)
                .array();
    }

    private static byte[] four(byte[] packet) {
        return Frames.ethernet(Frames.EVERYBODY, A, IPV4, packet);
    }

    private static byte[] six(byte[] packet) {
        return Frames.ethernet("33:33:00:00:00:01", A, IPV6, packet);
    }

    /** Options for the destination that say nothing, before another header (RFC 8200, section 4.6). */
    private static byte[] behindOptions(int nextHeader, byte[] carried) {
        return Frames.joined(new byte[] {(byte) nextHeader, 0, 1, 4, 0, 0, 0, 0}, carried);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void no_dhcp_server_is_behind_a_guarded_port(Kind kind) throws Exception {
        plug(kind, TestPort.on("lab", A).guards(false, true, false));
        byte[] offer = udp(67, 68, "an offer of DHCP, which is longer than a fragment");
        byte[] six = udp(547, 546, "an offer of DHCPv6, which is longer than a fragment");
        byte[] hidden = behindOptions(17, six);
        nothingPasses(
                kind,
                four(Frames.ipv4("10.0.5.66", "255.255.255.255", 17, 0, offer)),
                four(Frames.fragments4("10.0.5.66", "255.255.255.255", 17, offer, 16)
                        .getFirst()),
                six(Frames.ipv6("fe80::66", "ff02::1", 17, six)),
                six(Frames.ipv6("fe80::66", "ff02::1", 60, hidden)),
                six(Frames.fragments6("fe80::66", "ff02::1", 17, six, 16).getFirst()),
                six(Frames.fragments6("fe80::66", "ff02::1", 60, hidden, 8).getFirst()),
                six(Frames.fragments6("fe80::66", "ff02::1", 60, hidden, 24).getFirst()));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void no_router_is_behind_a_guarded_port(Kind kind) throws Exception {
        plug(kind, TestPort.on("lab", A).guards(false, false, true));
        byte[] advertisement = Frames.joined(new byte[] {(byte) 134, 0, 0, 0, 64, 0, 7, 8}, new byte[24]);
        byte[] redirect6 = Frames.joined(new byte[] {(byte) 137, 0, 0, 0, 0, 0, 0, 1}, new byte[32]);
        byte[] redirect4 = new byte[] {5, 1, 0, 0, 10, 0, 5, 66, 1, 2, 3, 4, 5, 6, 7, 8};
        byte[] advertisement4 = new byte[] {9, 0, 0, 0, 1, 2, 7, 8, 10, 0, 5, 66, 0, 0, 0, 1};
        nothingPasses(
                kind,
                six(Frames.ipv6("fe80::66", "ff02::1", 58, advertisement)),
                six(Frames.ipv6("fe80::66", "ff02::1", 60, behindOptions(58, advertisement))),
                six(Frames.fragments6("fe80::66", "ff02::1", 58, advertisement, 16)
                        .getFirst()),
                six(Frames.fragments6("fe80::66", "ff02::1", 60, behindOptions(58, advertisement), 8)
                        .getFirst()),
                six(Frames.ipv6("fe80::66", "ff02::1", 58, redirect6)),
                four(Frames.ipv4("10.0.5.10", "10.0.5.11", 1, 0, redirect4)),
                four(Frames.ipv4("10.0.5.10", "224.0.0.1", 1, 0, advertisement4)),
                four(Frames.fragments4("10.0.5.10", "10.0.5.11", 1, redirect4, 8)
                        .getFirst()));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void nobody_else_is_behind_a_guarded_port(Kind kind) throws Exception {
        plug(kind, TestPort.on("lab", A, "10.0.5.10", "fd00:5::10"));
        byte[] data = udp(9, 9, "in the name of somebody else, in two fragments");
        byte[] advertisement = Frames.joined(
                new byte[] {(byte) 136, 0, 0, 0, 0x20, 0, 0, 0},
                InetAddress.ofLiteral("fd00:5::1").getAddress());
        List<byte[]> forbidden = new ArrayList<>();
        forbidden.add(
                Frames.ethernet(Frames.EVERYBODY, FOREIGN, IPV4, Frames.ipv4("10.0.5.10", "10.0.5.255", 17, 0, data)));
        forbidden.add(Frames.ethernet(Frames.EVERYBODY, A, 0x0806, Frames.arpReply(FOREIGN, "10.0.5.10", "10.0.5.11")));
        forbidden.add(Frames.ethernet(Frames.EVERYBODY, A, 0x0806, Frames.arpReply(A, "10.0.5.1", "10.0.5.11")));
        forbidden.add(four(Frames.ipv4("10.0.5.1", "10.0.5.255", 17, 0, data)));
        Frames.fragments4("10.0.5.1", "10.0.5.255", 17, data, 16).forEach(part -> forbidden.add(four(part)));
        forbidden.add(six(Frames.ipv6("fd00:5::1", "ff02::1", 17, data)));
        Frames.fragments6("fd00:5::1", "ff02::1", 17, data, 16).forEach(part -> forbidden.add(six(part)));
        forbidden.add(six(Frames.ipv6("fd00:5::10", "ff02::1", 58, advertisement)));
        forbidden.add(six(Frames.ipv6("fd00:5::10", "ff02::1", 60, behindOptions(58, advertisement))));
        forbidden.add(six(Frames.fragments6("fd00:5::10", "ff02::1", 58, advertisement, 16)
                .getFirst()));
        forbidden.add(six(Frames.fragments6("fd00:5::10", "ff02::1", 60, behindOptions(58, advertisement), 8)
                .getFirst()));
        nothingPasses(kind, forbidden.toArray(byte[][]::new));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void who_is_denied_is_denied_in_every_frame(Kind kind) throws Exception {
        plug(
                kind,
                TestPort.on("lab", A)
                        .stormLimit(1000)
                        .accessControl(List.of(
                                new AccessControl(
                                        AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.5.0/24"),
                                new AccessControl(
                                        AccessControl.Action.DENY, AccessControl.Direction.OUTBOUND, "ff02::/16"))));
        byte[] data = udp(9, 9, "to one that is denied, in two fragments");
        List<byte[]> forbidden = new ArrayList<>();
        forbidden.add(four(Frames.ipv4("10.0.5.10", "10.0.5.255", 17, 0, data)));
        Frames.fragments4("10.0.5.10", "10.0.5.11", 17, data, 16).forEach(part -> forbidden.add(four(part)));
        forbidden.add(six(Frames.ipv6("fd00:5::10", "ff02::1", 17, data)));
        Frames.fragments6("fd00:5::10", "ff02::1", 17, data, 16).forEach(part -> forbidden.add(six(part)));
        nothingPasses(kind, forbidden.toArray(byte[][]::new));
    }
}
