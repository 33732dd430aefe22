package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.bench.TrafficProgram.Flow;
import io.kubehv.e2e.bench.TrafficProgram.RoundTrip;
import io.kubehv.e2e.bench.TrafficProgram.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What passes from tap to tap: through ports of a switch beside two taps on a plain bridge, on one node and between two, each
 * played by a namespace of this machine. The ways take turns, so that what else the machine does meets all.
 */
final class SwitchTrafficBenchmark implements Benchmark {
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 9);
    private static final double SECONDS = 0.4;

    /** An Ethernet frame of 64 and of 1,518 bytes, without the four that only the wire has; and what guests with offloads send. */
    private static final int[] SIZES = {60, 1514, 65_000};

    private static final int LARGE_WINDOW = 2_000_000;
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";

    @Override
    public List<Table> run(Cluster cluster) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("kubehv-traffic");
        TrafficProgram program = TrafficProgram.build(directory);
        try (PlayedNodes nodes = new PlayedNodes(directory)) {
            nodes.start();
            Way plain = nodes.plainOnOneNode();
            Way ported = nodes.on(
                    "switch",
                    new SwitchPortDraft("a", A, "10.99.0.10").port(),
                    new SwitchPortDraft("b", B, "10.99.0.11").port());
            Table near = throughput("On one node", program, plain, ported);
            Table far = throughput(
                    "Between two nodes over VXLAN", program, nodes.plainBetweenNodes(), nodes.betweenNodes());
            return List.of(
                    near,
                    far,
                    roundTrips(
                            program,
                            Map.of(
                                    "on one node",
                                    List.of(plain, ported),
                                    "between two",
                                    List.of(nodes.plainBetweenNodes(), nodes.betweenNodes()))),
                    guards(program, nodes),
                    maximum(program, nodes));
        }
    }

    private static Table throughput(String title, TrafficProgram program, Way plain, Way ported)
            throws IOException, InterruptedException {
        Table table = new Table(
                title + ", from tap to tap, median of " + ROUNDS,
                "bytes of a frame",
                "plain bridge",
                "switch",
                "switch/plain",
                "CPU a frame: plain",
                "switch",
                "plain/switch");
        for (int size : SIZES) {
            List<Flow> peers = new ArrayList<>();
            List<Flow> ours = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                peers.add(program.flow(plain, SECONDS, size, window(size)));
                ours.add(program.flow(ported, SECONDS, size, window(size)));
            }
            ToDoubleFunction<Flow> speed = size > 1514 ? Flow::bitsPerSecond : Flow::framesPerSecond;
            double peer = median(peers, speed);
            double own = median(ours, speed);
            double peerCpu = median(peers, Flow::cpu);
            double ownCpu = median(ours, Flow::cpu);
            table.row(
                    size > 1514 ? "65,000, to be segmented" : Integer.toString(size + 4),
                    rate(size, peer),
                    rate(size, own),
                    percent(own / peer),
                    nanoseconds(peerCpu),
                    nanoseconds(ownCpu),
                    percent(peerCpu / ownCpu));
        }
        return table;
    }

    private static String rate(int size, double value) {
        return size > 1514
                ? String.format(Locale.ROOT, "%.1f Gbit/s", value / 1e9)
                : String.format(Locale.ROOT, "%.0f kpps", value / 1e3);
    }

    private static Table roundTrips(TrafficProgram program, Map<String, List<Way>> ways)
            throws IOException, InterruptedException {
        Table table =
                new Table("There and back, a frame of 64 bytes, median of " + ROUNDS, "where", "way", "p50", "p95");
        for (String where : List.of("on one node", "between two")) {
            Map<String, List<RoundTrip>> trips = new LinkedHashMap<>();
            for (int round = 0; round < ROUNDS; round++) {
                for (Way way : ways.get(where)) {
                    trips.computeIfAbsent(way.name(), name -> new ArrayList<>())
                            .add(program.roundTrip(way, SECONDS, 60));
                }
            }
            trips.forEach((name, times) -> table.row(
                    where,
                    name,
                    microseconds(median(times, RoundTrip::p50)),
                    microseconds(median(times, RoundTrip::p95))));
        }
        return table;
    }

    private static Table guards(TrafficProgram program, PlayedNodes nodes) throws IOException, InterruptedException {
        List<AccessControl> list = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            list.add(
                    new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "192.0." + i + ".0/24"));
        }
        Map<String, UnaryOperator<SwitchPortDraft>> guards = new LinkedHashMap<>();
        guards.put("none", draft -> draft.spoofing(true));
        guards.put("MAC address", draft -> draft.withoutAddress());
        guards.put("MAC and IP addresses", draft -> draft);
        guards.put("dhcpGuard", draft -> draft.spoofing(true).dhcp());
        guards.put("routerGuard", draft -> draft.spoofing(true).router());
        guards.put("stormLimit", draft -> draft.spoofing(true).storm(1_000_000));
        guards.put("accessControl, 8 entries", draft -> draft.spoofing(true).list(list));
        guards.put("vlan.access", draft -> draft.spoofing(true).vlan(10));
        guards.put("bandwidth.maximum, 100G", draft -> draft.spoofing(true).maximum(100_000_000_000L));
        guards.put(
                "all of them",
                draft -> draft.dhcp().router().storm(1_000_000).list(list).maximum(100_000_000_000L));
        Map<String, Way> ways = new LinkedHashMap<>();
        int number = 0;
        for (Map.Entry<String, UnaryOperator<SwitchPortDraft>> guard : guards.entrySet()) {
            number++;
            ways.put(
                    guard.getKey(),
                    nodes.on(
                            guard.getKey(),
                            guard.getValue()
                                    .apply(new SwitchPortDraft("g" + number, mac(number, 0), "10.99." + number + ".10"))
                                    .port(),
                            guard.getValue()
                                    .apply(new SwitchPortDraft("h" + number, mac(number, 1), "10.99." + number + ".11"))
                                    .port()));
        }
        Map<String, List<Flow>> flows = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                flows.computeIfAbsent(way.getKey(), name -> new ArrayList<>())
                        .add(program.flow(way.getValue(), SECONDS, 60, window(60)));
            }
        }
        Table table = new Table(
                "Cost of each guard, frames of 64 bytes, median of " + ROUNDS,
                "guard, at both ports",
                "CPU a frame",
                "beside none",
                "through");
        double none = median(flows.get("none"), Flow::cpu);
        flows.forEach((name, measured) -> table.row(
                name,
                nanoseconds(median(measured, Flow::cpu)),
                String.format(Locale.ROOT, "%.2f", median(measured, Flow::cpu) / none),
                rate(60, median(measured, Flow::framesPerSecond))));
        return table;
    }

    private static String mac(int number, int end) {
        return "00:15:5d:00:%02x:%02x".formatted(number, end);
    }

    private static Table maximum(TrafficProgram program, PlayedNodes nodes) throws IOException, InterruptedException {
        Table table = new Table("bandwidth.maximum, asked and got", "asked", "sends", "gets");
        int number = 100;
        for (long asked : new long[] {1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000L}) {
            number++;
            Way way = nodes.on(
                    "limited",
                    new SwitchPortDraft("m" + number, mac(number, 0), "10.98." + number + ".10")
                            .maximum(asked)
                            .port(),
                    new SwitchPortDraft("n" + number, mac(number, 1), "10.98." + number + ".11").port());
            int bytes = asked < 1_000_000_000 ? 1514 : 32_000;
            int window = (int) Math.clamp(asked / 80, 32L << 10, 4L << 20);
            table.row(
                    bits((double) asked),
                    bits(program.flow(way, 2, bytes, window).bitsPerSecond()),
                    bits(program.flow(way.back(), 2, bytes, window).bitsPerSecond()));
        }
        return table;
    }

    private static int window(int size) {
        return size > 1514 ? LARGE_WINDOW : size * 64;
    }

    private static <T> double median(@Nullable List<T> measured, ToDoubleFunction<T> value) {
        if (measured == null || measured.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted =
                measured.stream().map(value::applyAsDouble).sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.0f %%", ratio * 100);
    }

    private static String nanoseconds(double value) {
        return String.format(Locale.ROOT, "%.2f µs", value / 1e3);
    }

    private static String microseconds(double value) {
        return String.format(Locale.ROOT, "%.1f µs", value / 1e3);
    }

    private static String bits(double value) {
        return String.format(Locale.ROOT, "%.2f Mbit/s", value / 1e6);
    }
}
