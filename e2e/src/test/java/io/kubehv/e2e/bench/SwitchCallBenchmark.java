package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.e2e.Cluster;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How long a pod waits for its ports, by the runtime's clock: our shim and daemon beside the CNI project's bridge plug-in, each
 * in a namespace of this machine that plays a node. They take turns, call by call, so that what else the machine does meets all.
 */
final class SwitchCallBenchmark implements Benchmark {
    private static final int ROUNDS = Integer.getInteger("bench.calls", 40);
    private static final int WARM_UP = 10;
    private static final int[] PRESENT = {0, Integer.getInteger("bench.ports", 1000)};
    private static final Duration DAEMON_START = Duration.ofSeconds(60);

    private static final Path PROJECT =
            Path.of(System.getProperty("bench.guests"), "..", "..").normalize();
    private static final Path PLUGINS = Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache", "kubehv"))
            .resolve("cni-plugins");

    @Override
    public List<Table> run(Cluster cluster) {
        try {
            return List.of(measure());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Table measure() throws IOException, InterruptedException {
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
                new Switch(directory),
                new Bridge(
                        "bridge with host-local",
                        "\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.99.0.0/16\",\"dataDir\":\""
                                + directory.resolve("ipam") + "\"}"),
                new Bridge("bridge with macspoofchk", "\"macspoofchk\":true,\"ipam\":{}"));
        try {
            for (Contender contender : contenders) {
                contender.start();
            }
            for (int present : PRESENT) {
                for (Contender contender : contenders) {
                    contender.fill(present);
                    for (int round = 0; round < WARM_UP; round++) {
                        contender.turn(new Times());
                    }
                }
                List<Times> times =
                        contenders.stream().map(contender -> new Times()).toList();
                for (int round = 0; round < ROUNDS; round++) {
                    for (int i = 0; i < contenders.size(); i++) {
                        contenders.get(i).turn(times.get(i));
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
        return table.note(
                        "From the start of the plug-in's process to its end, with nsenter's own start (some 0.9 ms), which all have alike."
                                + " Each pod has a namespace of its own; the ports that are there already share one. %d calls of each before are not"
                                        .formatted(WARM_UP)
                                + " counted: a daemon that has just been started is slower.")
                .note(
                        "kubehv-switch has every guard on: MAC, addresses, DHCP, router, storm limit, an access list, a bandwidth"
                                + " maximum; and makes the tap. Its daemon reaches no API server, so none of its passes is beside a call.")
                .note("bridge: of containernetworking/plugins v1.9.1, without a gateway.");
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

    /** A plug-in with a namespace that plays its node. */
    private abstract static sealed class Contender {
        private static int numbers;

        final String name;
        final String node = "kubehv-bench-" + ProcessHandle.current().pid() + "-" + ++numbers;
        private final String crowd = node + "-crowd";
        private int ports;

        Contender(String name) {
            this.name = name;
        }

        void start() throws IOException, InterruptedException {
            run(List.of("ip", "netns", "add", node));
            run(List.of("ip", "-n", node, "link", "set", "lo", "up"));
            run(List.of("ip", "netns", "add", crowd));
        }

        void end() throws IOException, InterruptedException {
            for (String namespace : List.of(crowd, node)) {
                new ProcessBuilder("ip", "netns", "del", namespace).start().waitFor();
            }
        }

        final void fill(int wanted) throws IOException, InterruptedException {
            while (ports < wanted) {
                call("ADD", crowd, ports, "net" + ports);
                ports++;
            }
        }

        final void turn(Times times) throws IOException, InterruptedException {
            String pod = node + "-pod";
            int number = ports + times.adds().size();
            run(List.of("ip", "netns", "add", pod));
            try {
                times.adds().add(call("ADD", pod, number, "net0"));
                times.deletions().add(call("DEL", pod, number, "net0"));
            } finally {
                run(List.of("ip", "netns", "del", pod));
            }
        }

        abstract Path program();

        abstract String configuration(int number, String interfaceName);

        final Duration call(String command, String namespace, int number, String interfaceName)
                throws IOException, InterruptedException {
            ProcessBuilder builder = new ProcessBuilder(
                            "nsenter", "--net=/run/netns/" + node, program().toString())
                    .redirectErrorStream(true);
            builder.environment()
                    .putAll(Map.of(
                            "CNI_COMMAND",
                            command,
                            "CNI_CONTAINERID",
                            "c" + number,
                            "CNI_NETNS",
                            "/run/netns/" + namespace,
                            "CNI_IFNAME",
                            interfaceName,
                            "CNI_ARGS",
                            "IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=p" + number + ";K8S_POD_UID=u"
                                    + number,
                            "CNI_PATH",
                            PLUGINS.toString()));
            long start = System.nanoTime();
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(configuration(number, interfaceName).getBytes(StandardCharsets.UTF_8));
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            if (status != 0) {
                throw new IllegalStateException(name + ": " + command + " of port " + number + " failed: " + output);
            }
            return took;
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
            return PLUGINS.resolve("bridge");
        }

        @Override
        String configuration(int number, String interfaceName) {
            return "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"type\":\"bridge\",\"bridge\":\"bench0\"," + options
                    + "}";
        }
    }

    /** Ours. */
    private static final class Switch extends Contender {
        private static final String COPY = """
                {"switches": [{"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualSwitch", "metadata": {"name": "lab"},
                               "spec": {"type": "Private", "scope": "Node"}}],
                 "nodes": {"node": {"labels": {}, "address": "192.0.2.1"}}}
                """;

        private final Path directory;
        private Process daemon;

        Switch(Path directory) {
            super("kubehv-switch, all guards");
            this.directory = directory;
        }

        @Override
        void start() throws IOException, InterruptedException {
            super.start();
            run(List.of(
                    "gcc",
                    "-static",
                    "-O2",
                    "-s",
                    "-DRUN_DIRECTORY=\"" + directory + "\"",
                    "-DDEADLINE_SECONDS=20",
                    "-o",
                    program().toString(),
                    PROJECT.resolve("cni-switch-plugin/shim/kubehv-switch.c").toString()));
            Files.writeString(
                    Files.createDirectories(directory.resolve("switch")).resolve("switches.json"), COPY);
            for (String folder : List.of("net.d", "bin")) {
                Files.createDirectory(directory.resolve(folder));
            }
            // As the image starts it.
            ProcessBuilder builder = new ProcessBuilder(
                            "nsenter",
                            "--net=/run/netns/" + node,
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-Xms8m",
                            "-Xmx28m",
                            "-Xss256k",
                            "-XX:ReservedCodeCacheSize=16m",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            PROJECT.resolve("cni-switch-plugin/target/app") + "/*",
                            "io.kubehv.cni.SwitchDaemon")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile());
            builder.environment()
                    .putAll(Map.of(
                            "NODE_NAME", "node",
                            "KUBEHV_RUN", directory.toString(),
                            "KUBEHV_CNI_CONFIGURATIONS",
                                    directory.resolve("net.d").toString(),
                            "KUBEHV_CNI_PROGRAMS", directory.resolve("bin").toString(),
                            "KUBEHV_SHIM", program().toString(),
                            "KUBERNETES_MASTER", "https://127.0.0.1:1",
                            "KUBECONFIG", directory.resolve("none").toString()));
            daemon = builder.start();
            long deadline = System.nanoTime() + DAEMON_START.toNanos();
            while (!Files.exists(directory.resolve("switch.sock"))) {
                if (System.nanoTime() > deadline || daemon.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException(
                            "the switch daemon does not start: " + Files.readString(directory.resolve("log")));
                }
            }
        }

        @Override
        void end() throws IOException, InterruptedException {
            if (daemon != null) {
                daemon.destroyForcibly().waitFor();
            }
            super.end();
        }

        @Override
        Path program() {
            return directory.resolve("shim");
        }

        @Override
        String configuration(int number, String interfaceName) {
            SwitchPort port = new SwitchPort(
                    "lan",
                    "lab",
                    "tap" + interfaceName,
                    1,
                    0,
                    "00:15:5d:00:%02x:%02x".formatted(number >> 8, number & 0xFF),
                    List.of("10.99.%d.%d".formatted(number >> 8, number & 0xFF)),
                    "guest",
                    true,
                    false,
                    true,
                    true,
                    null,
                    null,
                    1_000_000_000L,
                    null,
                    null,
                    List.of(new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "192.0.2.0/24")),
                    100);
            String ports = SwitchPort.write(List.of(port)).replace("\\", "\\\\").replace("\"", "\\\"");
            return "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"type\":\"kubehv-switch\",\"runtimeConfig\":{"
                    + "\"io.kubernetes.cri.pod-annotations\":{\"" + KubeHV.SWITCH_PORTS_ANNOTATION + "\":\"" + ports
                    + "\"}},\"prevResult\":{\"cniVersion\":\"1.0.0\"}}";
        }
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
        }
    }
}
