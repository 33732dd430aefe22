package io.kubehv.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.netlink.Links;
import io.kubehv.cni.netlink.NetlinkSocket;
import io.kubehv.cni.shim.TestShim;
import io.kubehv.cni.switching.TestPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program itself, killed and started anew in a namespace that plays the node; it reaches no API server. */
class SwitchDaemonIT {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration SPOOL = Duration.ofSeconds(30);

    /** A thousand are run with {@code -Dkubehv.cycles=1000}. */
    private static final int CYCLES = Integer.getInteger("kubehv.cycles", 200);

    private static final int AIMED_KILLS = 3;
    private static final int UPLINK_KILLS = 6;
    private static final Path STRACE = Path.of("/usr/bin/strace");

    /** Of so many cycles, one kills the program. */
    private static final int KILLS = 20;

    /** As the watch keeps it. */
    private static final String COPY = """
            {"switches": [{"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualSwitch", "metadata": {"name": "lab"},
                           "spec": {"type": "Private", "scope": "Node"}}MORE],
             "nodes": {"node": {"labels": {}, "address": "192.0.2.1"}}}
            """;

    /** One more of them, which takes an interface that has the node's addresses. */
    private static final String EXTERNAL = """
            , {"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualSwitch", "metadata": {"name": "wire"},
               "spec": {"type": "External", "uplinks": [{"interface": "wire0"}]}}
            """;

    private static final String LIST = """
            {"name": "kind", "cniVersion": "1.0.0",
             "plugins": [{"type": "ptp"}]}
            """;

    private final TestNamespace node = new TestNamespace();
    private final LeftBehind left = new LeftBehind(node);
    private final List<Pod> pods = new ArrayList<>();
    private @Nullable Process daemon;
    private int numbers;

    @TempDir
    private Path directory;

    private Path run;
    private TestShim shim;

    @BeforeEach
    void prepare() throws Exception {
        run = directory.resolve("run");
        shim = TestShim.compile(directory.resolve("shim"), run, 20, "-static", "-O2");
        Files.writeString(Files.createDirectories(directory.resolve("net.d")).resolve("10-kind.conflist"), LIST);
        Files.createDirectories(directory.resolve("bin"));
        switches("");
    }

    private void switches(String more) throws IOException {
        Files.writeString(
                Files.createDirectories(run.resolve("switch")).resolve("switches.json"), COPY.replace("MORE", more));
    }

    @AfterEach
    void end() throws Exception {
        kill();
        pods.forEach(pod -> pod.namespace.close());
        node.close();
    }

    private ProcessBuilder program(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "nsenter",
                "--net=" + node.path(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.kubehv.cni.SwitchDaemon"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()));
        builder.environment()
                .putAll(Map.of(
                        "NODE_NAME", "node",
                        "KUBEHV_RUN", run.toString(),
                        "KUBEHV_CNI_CONFIGURATIONS", directory.resolve("net.d").toString(),
                        "KUBEHV_CNI_PROGRAMS", directory.resolve("bin").toString(),
                        "KUBEHV_SHIM", shim.program().toString(),
                        "KUBERNETES_MASTER", "https://127.0.0.1:1",
                        "KUBECONFIG", directory.resolve("none").toString()));
        return builder;
    }

    private void startDaemon() throws IOException {
        Process started = program().start();
        daemon = started;
        await("the daemon serves: " + directory.resolve("log"))
                .atMost(START)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    assertThat(started.isAlive()).as(log()).isTrue();
                    return shim.call("STATUS", "", "", List.of()).status() == 0;
                });
    }

    private void uninstall() throws Exception {
        Process uninstall = program("uninstall").start();
        assertThat(uninstall.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
        assertThat(uninstall.exitValue()).as(log()).isZero();
    }

    private void kill() throws InterruptedException {
        if (daemon != null) {
            daemon.destroyForcibly().waitFor();
        }
    }

    private String log() throws IOException {
        Path log = directory.resolve("log");
        return Files.exists(log) ? Files.readString(log) : "no log";
    }

    /** A pod, whose namespace and container are nobody else's. */
    private final class Pod {
        private final int number = ++numbers;
        private final String id = "container" + number;
        private final TestNamespace namespace = new TestNamespace();

        Pod() {
            pods.add(this);
        }

        TestShim.Answer call(String command, String where) throws Exception {
            return shim.call(
                    command,
                    id,
                    where,
                    List.of(TestPort.numbered(number)
                            .guards(false, true, true)
                            .maximum(1_000_000_000L)
                            .stormLimit(100)
                            .port()));
        }

        TestShim.Answer call(String command) throws Exception {
            return call(command, namespace.path().toString());
        }
    }

    private void awaitNothingOfPorts() {
        await("what the shim kept is done, and nothing is left")
                .atMost(SPOOL)
                .untilAsserted(() -> assertThat(left.ofPorts()).as(log()).isEmpty());
        assertThat(run.resolve("switch").resolve("ports")).isEmptyDirectory();
    }

    @Test
    void ports_outlive_the_daemon_and_its_next_life_removes_them() throws Exception {
        startDaemon();
        Pod pod = new Pod();
        assertThat(pod.call("ADD"))
                .as(log())
                .extracting(TestShim.Answer::status)
                .isEqualTo(0);
        kill();
        assertThat(left.ofPorts()).isNotEmpty();
        assertThat(pod.call("CHECK").code()).as("while it is away").isEqualTo(11);
        startDaemon();
        assertThat(pod.call("CHECK").status()).as(log()).isZero();
        kill();
        assertThat(pod.call("DEL").status()).as("kept for later").isZero();
        assertThat(left.ofPorts()).isNotEmpty();
        startDaemon();
        awaitNothingOfPorts();
    }

    /** What there is for a moment only, in the middle of a call. */
    enum Moment {
        RECORDED("ADD"),
        LINKED("ADD"),
        UNLINKED("DEL");

        private final String command;

        Moment(String command) {
            this.command = command;
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_daemon_killed_at_a_step_leaves_nothing_after_the_next_del(Moment moment) throws Exception {
        for (int round = 0; round < AIMED_KILLS; round++) {
            startDaemon();
            Pod pod = new Pod();
            // The first port of a switch makes it; what is looked for is a port's own.
            assertThat(new Pod().call("ADD").status()).as(log()).isZero();
            if (moment.command.equals("DEL")) {
                assertThat(pod.call("ADD").status()).as(log()).isZero();
            }
            int links = links();
            try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
                Future<TestShim.Answer> call = caller.submit(() -> pod.call(moment.command));
                while (!isReached(moment, pod, links) && !call.isDone()) {
                    Thread.onSpinWait();
                }
                kill();
                call.get();
            }
            startDaemon();
            for (Pod each : pods) {
                assertThat(each.call("DEL").status()).as(log()).isZero();
            }
            awaitNothingOfPorts();
            kill();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADD", "DEL"})
    void a_daemon_killed_at_any_request_to_the_kernel_leaves_nothing_after_the_next_del(String command)
            throws Exception {
        assumeThat(STRACE).isExecutable();
        int killed = 0;
        while (isKilledAt(command, killed + 1)) {
            killed++;
        }
        assertThat(killed)
                .as(() -> "requests to the kernel in an " + command + ": " + trace())
                .isGreaterThan(2);
    }

    private String trace() {
        try {
            return Files.readString(directory.resolve("trace"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Whether the daemon had so much to ask of the kernel; each call has a thread of its own, whose requests are counted. */
    private boolean isKilledAt(String command, int request) throws Exception {
        startDaemon();
        // The first port of a switch makes it, and its limit; what is looked for is a port's own.
        assertThat(new Pod().call("ADD").status()).as(log()).isZero();
        Pod pod = new Pod();
        if (command.equals("DEL")) {
            assertThat(pod.call("ADD").status()).as(log()).isZero();
        }
        Process program = Objects.requireNonNull(daemon);
        Process strace = new ProcessBuilder(
                        STRACE.toString(),
                        "-f",
                        "-e",
                        "trace=sendto",
                        "-e",
                        "inject=sendto:signal=KILL:when=" + request,
                        "-o",
                        directory.resolve("trace").toString(),
                        "-p",
                        Long.toString(program.pid()))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = strace.inputReader()) {
            assertThat(said.readLine()).as("strace").contains("attached");
            pod.call(command);
        } finally {
            // What it holds can't be waited for before.
            strace.destroyForcibly().waitFor();
        }
        boolean isKilled = program.waitFor(3, TimeUnit.SECONDS);
        kill();
        startDaemon();
        for (Pod each : pods) {
            assertThat(each.call("DEL").status())
                    .as("killed at request " + request + ": " + log())
                    .isZero();
        }
        awaitNothingOfPorts();
        kill();
        return isKilled;
    }

    private boolean isReached(Moment moment, Pod pod, int links) throws IOException {
        return switch (moment) {
            case RECORDED -> Files.exists(run.resolve("switch/ports/" + pod.id + "-eth0.json"));
            case LINKED -> links() > links;
            case UNLINKED -> links() < links;
        };
    }

    private int links() throws IOException {
        try (NetworkNamespace namespace = node.open();
                NetlinkSocket socket = NetlinkSocket.route(namespace)) {
            return (int) new Links(socket)
                    .list().stream()
                            .filter(link -> link.name().startsWith("kvp"))
                            .count();
        }
    }

    @Test
    void whatever_is_killed_doubled_or_out_of_order_nothing_is_left_after_del() throws Exception {
        Random random = new Random(20251125);
        List<Pod> present = new ArrayList<>();
        startDaemon();
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            if (present.isEmpty() || (present.size() < 6 && random.nextInt(3) == 0)) {
                present.add(new Pod());
            }
            Pod pod = present.get(random.nextInt(present.size()));
            boolean isLast = cycle % KILLS == KILLS - 1;
            Duration delay = Duration.ofNanos(random.nextInt(30_000_000));
            Thread killer = Thread.ofPlatform().unstarted(() -> killAfter(delay));
            if (isLast) {
                killer.start();
            }
            switch (random.nextInt(6)) {
                case 0 -> pod.call("CHECK");
                case 1 -> pod.call("DEL");
                case 2 -> {
                    pod.call("DEL", random.nextBoolean() ? "" : "/run/netns/gone");
                    pod.call("ADD");
                }
                case 3 -> {
                    pod.namespace.close();
                    pod.call(
                            "DEL",
                            random.nextBoolean() ? "" : pod.namespace.path().toString());
                    present.remove(pod);
                }
                default -> {
                    pod.call("ADD");
                    pod.call("ADD");
                }
            }
            if (isLast) {
                killer.join();
                startDaemon();
            }
        }
        for (Pod pod : present) {
            assertThat(pod.call("DEL").status()).as(log()).isZero();
        }
        awaitNothingOfPorts();
    }

    // The moment is what is wanted, so nothing is awaited.
    private void killAfter(Duration delay) {
        try {
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void
            a_daemon_killed_again_and_again_while_it_takes_an_uplink_ends_the_move_in_its_next_life_and_goes_without_a_trace()
                    throws Exception {
        try (TestNamespace lan = new TestNamespace()) {
            node.exec("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "eth0", "netns", lan.name());
            node.exec("ip", "link", "set", "wire0", "up");
            node.exec("ip", "addr", "add", "10.0.5.100/24", "dev", "wire0");
            node.exec("ip", "route", "add", "198.51.100.0/24", "via", "10.0.5.1", "metric", "50");
            lan.exec("ip", "link", "set", "eth0", "up");
            lan.exec("ip", "addr", "add", "10.0.5.1/24", "dev", "eth0");
            await("the interface's own address")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> node.exec("ip", "addr", "show", "dev", "wire0").contains("fe80::")
                            && node.exec("ip", "addr", "show", "tentative").isBlank());
            List<String> before = left.everything();
            Random random = new Random(20261128);
            Path record = run.resolve("switch/uplinks/wire.json");
            boolean isWanted = true;
            for (int round = 0; round < UPLINK_KILLS; round++) {
                // A life that ended the move before it was killed leaves nothing to move, so the next one moves it
                // back.
                if (isMoved(record, isWanted)) {
                    isWanted = !isWanted;
                }
                boolean wanted = isWanted;
                switches(wanted ? EXTERNAL : "");
                FileTime begun = FileTime.from(Instant.now());
                daemon = program().start();
                String begins = "it begins, in round " + round + ", wanted: " + wanted;
                await(begins)
                        .atMost(START)
                        .pollInterval(Duration.ofMillis(1))
                        .untilAsserted(() -> assertThat(isNewer(record, begun) || isMoved(record, wanted))
                                .as(begins + ":\n" + log())
                                .isTrue());
                killAfter(Duration.ofNanos(random.nextInt(20_000_000)));
            }
            switches(EXTERNAL);
            startDaemon();
            await("the switch has it")
                    .atMost(START)
                    .until(() ->
                            node.exec("ip", "route", "show", "198.51.100.0/24").contains("dev kvs"));
            await("the node on the wire: " + log())
                    .atMost(START)
                    .until(() -> lan.succeeds("ping", "-c", "1", "-W", "1", "10.0.5.100"));
            kill();
            uninstall();
            assertThat(left.everything()).isEqualTo(before);
            assertThat(run.resolve("switch")).doesNotExist();
        }
    }

    /** Whether the switch has its uplink, or the node has it again. */
    private static boolean isMoved(Path record, boolean isWanted) throws IOException {
        try {
            String state = Files.readString(record);
            return isWanted && state.contains("\"TAKEN\"");
        } catch (NoSuchFileException e) {
            return !isWanted;
        }
    }

    private static boolean isNewer(Path file, FileTime than) throws IOException {
        try {
            return Files.getLastModifiedTime(file).compareTo(than) > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Test
    void uninstall_leaves_the_node_as_it_was() throws Exception {
        List<String> before = left.everything();
        Map<String, String> filesBefore = files();
        startDaemon();
        await("the plug-in is chained")
                .atMost(START)
                .until(() -> Files.readString(directory.resolve("net.d/10-kind.conflist"))
                        .contains("kubehv-switch"));
        Pod pod = new Pod();
        assertThat(pod.call("ADD").status()).as(log()).isZero();
        kill();
        uninstall();
        assertThat(left.everything()).isEqualTo(before);
        assertThat(files()).isEqualTo(filesBefore);
        assertThat(run.resolve("switch")).doesNotExist();
        assertThat(run.resolve("spool")).doesNotExist();
        assertThat(run.resolve("switch.sock")).doesNotExist();
        assertThat(pod.namespace.exec("ip", "-o", "link", "show")).doesNotContain("tap0");
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (String folder : List.of("net.d", "bin")) {
            try (Stream<Path> files = Files.list(directory.resolve(folder))) {
                for (Path file : files.toList()) {
                    contents.put(folder + "/" + file.getFileName(), Files.readString(file));
                }
            }
        }
        return contents;
    }
}
