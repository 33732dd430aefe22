package io.kubehv.e2e.bench;

import io.kubehv.e2e.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long a pod waits for its ports, by the runtime's clock: our shim and daemon beside the CNI project's bridge plug-in, each
 * in a namespace of this machine that plays a node. They take turns, call by call, so that what else the machine does meets all.
 */
final class SwitchCallBenchmark implements Benchmark {
    private static final int ROUNDS = Integer.getInteger("bench.calls", 40);
    private static final int WARM_UP = 10;
    private static final int[] PRESENT = {0, Integer.getInteger("bench.ports", 1000)};

    @Override
    public List<Table> run(Cluster cluster) throws IOException, InterruptedException {
        Table table = new Table(
                "ADD and DEL of a pod's port, %d of each".formatted(ROUNDS),
                "plug-in",
                "ports there",
                "ADD p50",
                "ADD p95",
                "DEL p50",
                "DEL p95");
        Path directory = Files.createTempDirectory("kubehv-bench");
        List<Contender> contenders = List.of(
                new SwitchContender(directory),
                new Bridge(
                        "bridge with host-local",
                        "\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.99.0.0/16\",\"dataDir\":\""
                                + directory.resolve("ipam") + "\"}"),
                new Bridge("bridge with macspoofchk", "\"macspoofchk\":true,\"ipam\":{}"),
                new BarePair());
        try {
            for (Contender contender : contenders) {
                contender.start();
            }
            for (int present : PRESENT) {
                for (Contender contender : contenders) {
                    contender.fill(present);
                    for (int round = 0; round < WARM_UP; round++) {
                        turn(contender, new Times());
                    }
                }
                List<Times> times =
                        contenders.stream().map(contender -> new Times()).toList();
                for (int round = 0; round < ROUNDS; round++) {
                    for (int i = 0; i < contenders.size(); i++) {
                        turn(contenders.get(i), times.get(i));
                    }
                }
                for (int i = 0; i < contenders.size(); i++) {
                    times.get(i).row(table, contenders.get(i).name, present);
                }
            }
        } finally {
            for (Contender contender : contenders) {
                contender.end();
            }
        }
        return List.of(table.note(
                        "From the start of the plug-in's process to its end, with nsenter's own start (some 0.9 ms), which all have alike."
                                + " Each pod has a namespace of its own; the ports that are there already share one. %d calls of each before are not"
                                        .formatted(WARM_UP)
                                + " counted: a daemon that has just been started is slower.")
                .note(
                        "kubehv-switch has every guard on: MAC, addresses, DHCP, router, storm limit, an access list, a bandwidth"
                                + " maximum; and makes the tap. Its daemon reaches no API server, so none of its passes is beside a call.")
                .note(
                        "a bare pair: ip(8) makes a veth pair whose other end is in the pod and puts it on a bridge, and deletes it. It is what"
                                + " a link costs whoever makes it, with two or three starts of ip.")
                .note("bridge: of containernetworking/plugins v1.9.1, without a gateway."));
    }

    /** What was measured of one contender. */
    private record Times(List<Duration> adds, List<Duration> deletions) {
        Times() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void row(Table table, String name, int present) {
            Spread add = new Spread(adds);
            Spread deletion = new Spread(deletions);
            table.row(
                    name,
                    Integer.toString(present),
                    add.p50Milliseconds(),
                    add.p95Milliseconds(),
                    deletion.p50Milliseconds(),
                    deletion.p95Milliseconds());
        }
    }

    private static void turn(Contender contender, Times times) throws IOException, InterruptedException {
        String pod = contender.node + "-pod";
        int number = contender.ports() + times.adds().size();
        Contender.run(List.of("ip", "netns", "add", pod));
        try {
            times.adds().add(contender.call("ADD", pod, number, "net0"));
            times.deletions().add(contender.call("DEL", pod, number, "net0"));
        } finally {
            Contender.run(List.of("ip", "netns", "del", pod));
        }
    }

    /** The CNI project's bridge. */
    private static final class Bridge extends Contender {
        private final String options;

        Bridge(String name, String options) {
            super(name);
            this.options = options;
        }

        @Override
        Path program() {
            return Contender.PLUGINS.resolve("bridge");
        }

        @Override
        String configuration(int number, String interfaceName) {
            return "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"type\":\"bridge\",\"bridge\":\"bench0\"," + options
                    + "}";
        }
    }

    /** No plug-in: the least that a port is made of. */
    private static final class BarePair extends Contender {
        BarePair() {
            super("a bare pair");
        }

        @Override
        void start() throws IOException, InterruptedException {
            super.start();
            Contender.run(List.of("ip", "-n", node, "link", "add", "bench0", "type", "bridge"));
            Contender.run(List.of("ip", "-n", node, "link", "set", "bench0", "up"));
        }

        @Override
        Path program() {
            return Path.of("/bin/sh");
        }

        @Override
        String configuration(int number, String interfaceName) {
            return """
                    set -e
                    case $CNI_COMMAND in
                    ADD) ip link add b%1$d type veth peer name %2$s netns "${CNI_NETNS##*/}"
                         ip link set b%1$d master bench0 up ;;
                    DEL) ip link del b%1$d ;;
                    esac
                    """.formatted(number, interfaceName);
        }
    }
}
