package io.kubehv.cni.shim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.endpoint.Spool;
import io.kubehv.cni.endpoint.SwitchEndpoint;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.shim.TestShim.Answer;
import io.kubehv.cni.switching.ContainerInterface;
import io.kubehv.cni.switching.PortInterface;
import io.kubehv.cni.switching.PortService;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shim as a runtime sees it: an executable with variables and standard input. */
class CniShimIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PREVIOUS =
            "{ \"cniVersion\":\"0.4.0\", \"ips\":[{\"address\":\"10.0.0.2/24\"}],\"x\":\"\\u0041 \\\"{\" }";

    @TempDir
    private static Path built;

    /** What the shim takes for /run/kubehv. */
    private static Path run;

    private static TestShim shim;
    private static TestShim checked;

    private final RecordingPorts ports = new RecordingPorts();
    private @Nullable SwitchEndpoint endpoint;

    @BeforeAll
    static void compile() throws Exception {
        run = Files.createDirectory(built.resolve("run"));
        shim = TestShim.compile(built.resolve("shim"), run, 1, "-static", "-O2");
        checked = TestShim.compile(
                built.resolve("checked"), run, 1, "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover");
    }

    @BeforeEach
    void empty() throws IOException {
        Files.deleteIfExists(run.resolve("switch.sock"));
    }

    @AfterEach
    void stop() throws IOException {
        if (endpoint != null) {
            endpoint.close();
        }
    }

    private void startDaemon() throws IOException {
        endpoint = SwitchEndpoint.start(ports, run.resolve("switch.sock"));
    }

    private static Map<String, String> variables(String command) {
        Map<String, String> variables = new HashMap<>();
        variables.put("CNI_COMMAND", command);
        variables.put("CNI_CONTAINERID", "abc123");
        variables.put("CNI_NETNS", "/run/netns/none");
        variables.put("CNI_IFNAME", "eth0");
        variables.put("CNI_PATH", "/opt/cni/bin");
        variables.put("CNI_ARGS", "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_UID=uid");
        return variables;
    }

    private static String configuration(String version, boolean ours) {
        String annotation = ours ? ", \"kubehv.io/switch-ports\": \"[]\"" : "";
        return "{\"cniVersion\":\"" + version + "\",\"name\":\"kind\",\"type\":\"kubehv-switch\",\"runtimeConfig\":{"
                + "\"io.kubernetes.cri.pod-annotations\":{\"a\":\"b\"" + annotation + "}},\"prevResult\":" + PREVIOUS
                + "}";
    }

    private static Answer call(Map<String, String> variables, String input) throws Exception {
        return shim.call(variables, input.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void it_tells_its_versions() throws Exception {
        Answer answer = call(variables("VERSION"), "");
        assertThat(answer.status()).isZero();
        JsonNode versions = JSON.readTree(answer.output());
        assertThat(versions.path("cniVersion").asText()).isEqualTo("1.1.0");
        assertThat(versions.path("supportedVersions")).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void a_pod_that_is_not_ours_passes_without_the_daemon_and_byte_for_byte(String version) throws Exception {
        Answer answer = call(variables("ADD"), configuration(version, false));
        assertThat(answer.status()).as(answer.output()).isZero();
        assertThat(answer.output()).isEqualTo(PREVIOUS);
        Map<String, String> gone = variables("DEL");
        gone.remove("CNI_NETNS");
        assertThat(call(gone, configuration(version, false)))
                .extracting(Answer::status, Answer::output)
                .containsExactly(0, "");
        assertThat(run.resolve("spool"))
                .satisfiesAnyOf(
                        spool -> assertThat(spool).doesNotExist(),
                        spool -> assertThat(spool).isEmptyDirectory());
    }

    @ParameterizedTest
    @CsvSource({"CHECK,0.3.1,1", "GC,1.0.0,1", "STATUS,1.0.0,1", "ADD,2.0.0,1", "ADD,nonsense,1", "MOVE,1.1.0,4"})
    void a_version_or_command_that_does_not_fit_is_refused(String command, String version, int code) throws Exception {
        Answer answer = call(variables(command), configuration(version, true));
        assertThat(answer.status()).isNotZero();
        assertThat(answer.code()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({
        "CNI_CONTAINERID,,4",
        "CNI_IFNAME,,4",
        "CNI_NETNS,,4",
        "CNI_CONTAINERID,../x,4",
        "CNI_CONTAINERID,-x,4",
        "CNI_IFNAME,sixteen-letters-,4",
        "CNI_IFNAME,a/b,4",
        "CNI_IFNAME,..,4",
        "CNI_NETNS,/proc/self/ns/net,8"
    })
    void a_variable_that_cni_does_not_allow_is_named(String name, @Nullable String value, int code) throws Exception {
        Map<String, String> variables = variables("ADD");
        if (value == null) {
            variables.remove(name);
        } else {
            variables.put(name, value);
        }
        Answer answer = call(variables, configuration("1.1.0", true));
        assertThat(answer.status()).isNotZero();
        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.output()).contains(name);
    }

    @ParameterizedTest
    @CsvSource({
        "'',6",
        "'[]',6",
        "'{',6",
        "'{\"cniVersion\":\"1.1.0\"}',7",
        "'{\"cniVersion\":\"1.1.0\",\"name\":\"-x\"}',7"
    })
    void a_configuration_that_is_none_is_refused(String configuration, int code) throws Exception {
        Answer answer = call(variables("ADD"), configuration);
        assertThat(answer.status()).isNotZero();
        assertThat(answer.code()).isEqualTo(code);
    }

    @Test
    void without_the_daemon_a_pod_of_ours_is_tried_again_later_and_at_once() throws Exception {
        Answer add = call(variables("ADD"), configuration("1.1.0", true));
        assertThat(add.status()).isNotZero();
        assertThat(add.code()).isEqualTo(11);
        assertThat(add.output()).contains("DaemonSet cni-switch-plugin");
        assertThat(call(variables("STATUS"), configuration("1.1.0", true)).code())
                .isEqualTo(50);
    }

    @Test
    void a_daemon_that_hangs_or_ends_in_the_middle_is_not_waited_for() throws Exception {
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(run.resolve("switch.sock")));
            assertThat(call(variables("ADD"), configuration("1.1.0", true)).code())
                    .isEqualTo(11);
            Thread.ofVirtual().start(() -> {
                try {
                    silent.accept().close(); // the call that nobody took
                    silent.accept().close();
                } catch (IOException e) {
                    assertThat(silent.isOpen()).isFalse();
                }
            });
            assertThat(call(variables("ADD"), configuration("1.1.0", true)).code())
                    .isEqualTo(11);
        }
    }

    @Test
    void a_del_that_nobody_hears_is_done_later() throws Exception {
        Map<String, String> gone = variables("DEL");
        gone.remove("CNI_NETNS");
        assertThat(call(gone, configuration("1.1.0", true)).status()).isZero();
        assertThat(call(gone, configuration("1.1.0", true)).status()).isZero();
        Spool spool = new Spool(run.resolve("spool"), ports);
        ports.failure = new SwitchException.TryAgainLater("not yet");
        spool.drain();
        assertThat(run.resolve("spool")).isNotEmptyDirectory();
        ports.failure = null;
        spool.drain();
        assertThat(ports.calls).contains("remove abc123 eth0");
        assertThat(run.resolve("spool")).isEmptyDirectory();
    }

    @Test
    void the_daemon_does_what_it_is_asked_and_its_words_are_the_answer() throws Exception {
        startDaemon();
        Answer add = call(variables("ADD"), configuration("1.1.0", true));
        assertThat(add.status()).as(add.output()).isZero();
        assertThat(JSON.readTree(add.output())).isEqualTo(JSON.readTree(PREVIOUS));
        assertThat(call(variables("CHECK"), configuration("1.1.0", true)).status())
                .isZero();
        assertThat(call(variables("STATUS"), configuration("1.1.0", true)).status())
                .isZero();
        assertThat(call(
                                variables("GC"),
                                configuration("1.1.0", true)
                                        .replace(
                                                "\"type\"",
                                                "\"cni.dev/valid-attachments\":[{\"containerID\":\"x\",\"ifname\":\"eth0\"}],\"type\""))
                        .status())
                .isZero();
        assertThat(call(variables("DEL"), configuration("1.1.0", true)).status())
                .isZero();
        assertThat(ports.calls)
                .containsExactly("add abc123 default/web", "check abc123", "collect [x/eth0]", "remove abc123 eth0");
        ports.failure = new SwitchException.SystemFailure("the bridge \"b\" burnt", null);
        Answer failed = call(variables("ADD"), configuration("1.1.0", true));
        assertThat(failed.status()).isNotZero();
        assertThat(failed.code()).isEqualTo(5);
        assertThat(JSON.readTree(failed.output()).path("msg").asText()).isEqualTo("the bridge \"b\" burnt");
    }

    @Test
    void a_long_configuration_comes_whole() throws Exception {
        startDaemon();
        String padding = "\"padding\":\"" + "x".repeat(500_000) + "\",";
        Answer add = call(variables("ADD"), configuration("1.1.0", true).replace("\"type\"", padding + "\"type\""));
        assertThat(add.status()).as(add.output()).isZero();
    }

    /** What a daemon may do that is none any more; the shim's deadline is a second. */
    private enum Illness {
        READS_NOTHING {
            @Override
            void serve(SocketChannel caller) {
                assertThat(caller.isOpen()).isTrue();
            }
        },
        SAYS_HALF {
            @Override
            void serve(SocketChannel caller) throws IOException {
                caller.write(ByteBuffer.allocate(9)
                        .putInt(100)
                        .put((byte) 0)
                        .putInt(7)
                        .flip());
            }
        },
        SAYS_A_LENGTH_ONLY {
            @Override
            void serve(SocketChannel caller) throws IOException {
                caller.write(ByteBuffer.allocate(4).putInt(1).flip());
            }
        },
        SAYS_NOTHING_OF_ITS_STATUS {
            @Override
            void serve(SocketChannel caller) throws IOException {
                caller.write(ByteBuffer.allocate(4).putInt(0).flip());
            }
        },
        SAYS_TOO_MUCH {
            @Override
            void serve(SocketChannel caller) throws IOException {
                caller.write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip());
            }
        },
        SAYS_LESS_THAN_NOTHING {
            @Override
            void serve(SocketChannel caller) throws IOException {
                caller.write(ByteBuffer.allocate(4).putInt(-1).flip());
            }
        };

        /** The connection stays open after it. */
        abstract void serve(SocketChannel caller) throws IOException;
    }

    @Test
    void whatever_a_daemon_does_that_is_ill_an_add_is_tried_again_and_a_del_is_kept() throws Exception {
        Path kept = run.resolve("spool").resolve("abc123@eth0");
        // More than the socket takes without a reader.
        String large = configuration("1.1.0", true)
                .replace("\"type\"", "\"padding\":\"" + "x".repeat(1_900_000) + "\",\"type\"");
        for (Illness illness : Illness.values()) {
            try (ServerSocketChannel ill = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                Files.deleteIfExists(run.resolve("switch.sock"));
                ill.bind(UnixDomainSocketAddress.of(run.resolve("switch.sock")));
                List<SocketChannel> callers = new CopyOnWriteArrayList<>();
                Thread.ofVirtual().start(() -> {
                    try {
                        while (true) {
                            SocketChannel caller = ill.accept();
                            callers.add(caller);
                            illness.serve(caller);
                        }
                    } catch (IOException e) {
                        assertThat(ill.isOpen()).isFalse();
                    }
                });
                for (TestShim each : List.of(shim, checked)) {
                    Answer add = each.call(variables("ADD"), large.getBytes(StandardCharsets.UTF_8));
                    assertThat(add.code()).as(illness + ": " + add.output()).isEqualTo(11);
                    assertThat(add.took()).as(illness.toString()).isLessThan(Duration.ofSeconds(5));
                    assertThat(each.call(variables("DEL"), large.getBytes(StandardCharsets.UTF_8))
                                    .status())
                            .as(illness.toString())
                            .isZero();
                    assertThat(kept).as(illness.toString()).exists();
                    Files.delete(kept);
                }
                for (SocketChannel caller : callers) {
                    caller.close();
                }
            }
        }
    }

    @Test
    void a_daemon_that_is_away_costs_a_pod_no_tenth_of_a_second() throws Exception {
        List<Duration> times = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            Answer add = call(variables("ADD"), configuration("1.1.0", true));
            assertThat(add.code()).isEqualTo(11);
            times.add(add.took());
        }
        // The least, as a machine with other work may be slow once.
        assertThat(Collections.min(times)).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void a_configuration_that_ends_anywhere_or_nests_without_end_is_refused_at_once() throws Exception {
        String whole = configuration("1.1.0", true);
        List<String> inputs = new ArrayList<>();
        for (int end = 0; end < whole.length(); end += 3) {
            inputs.add(whole.substring(0, end));
        }
        String begin = "{\"cniVersion\":\"1.1.0\",\"name\":\"a\",";
        for (String value : List.of(
                "", ":", ",", "\"", "\"\\", "{", "[", "{\"a\"", "{\"a\":", "{\"a\":}", "[1", "{\"a\":1,", "+")) {
            inputs.add(begin + "\"runtimeConfig\":" + value);
            inputs.add(begin + "\"runtimeConfig\"" + value + "}");
        }
        inputs.add(begin + "\"runtimeConfig\":" + "[".repeat(1_900_000));
        inputs.add(begin + "\"runtimeConfig\":" + "{\"a\":".repeat(300_000));
        inputs.add(begin + "\"runtimeConfig\":" + " ".repeat(1_900_000));
        inputs.add(begin + "\"runtimeConfig\":\"" + "\\".repeat(1_900_000));
        for (String input : inputs) {
            Answer answer = checked.call(variables("ADD"), input.getBytes(StandardCharsets.UTF_8));
            String shown = input.substring(0, Math.min(input.length(), 300));
            assertThat(answer.took()).as(shown).isLessThan(Duration.ofSeconds(4));
            assertThat(answer.status()).as(shown + " gives " + answer.output()).isNotZero();
            assertThat(answer.code()).as(shown + " gives " + answer.output()).isIn(1, 6, 7);
        }
    }

    @Test
    void an_input_that_does_not_end_is_not_waited_for_without_end() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(shim.program().toString());
        builder.environment().putAll(variables("ADD"));
        Process silent = builder.start();
        try {
            assertThat(silent.waitFor(15, TimeUnit.SECONDS)).as("it ends").isTrue();
            assertThat(JSON.readTree(silent.getInputStream()).path("code").asInt())
                    .isEqualTo(5);
        } finally {
            silent.destroyForcibly();
        }
    }

    @Test
    void nonsense_of_any_kind_gets_an_answer_and_no_harm() throws Exception {
        Random random = new Random(4711);
        List<String> commands = List.of("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION", "x");
        for (int round = 0; round < 300; round++) {
            byte[] input = configuration("1.1.0", random.nextBoolean()).getBytes(StandardCharsets.UTF_8);
            for (int change = random.nextInt(6); change > 0; change--) {
                input[random.nextInt(input.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = Arrays.copyOf(input, random.nextInt(4) == 0 ? random.nextInt(input.length) : input.length);
            Map<String, String> variables = variables(commands.get(random.nextInt(commands.size())));
            if (random.nextInt(3) == 0) {
                List<String> names = List.copyOf(variables.keySet());
                variables.put(names.get(random.nextInt(names.size())), "%s\"\\{n}".repeat(random.nextInt(200)));
            }
            Answer answer = checked.call(variables, cut);
            assertThat(answer.took()).as("round " + round).isLessThan(Duration.ofSeconds(15));
            if (answer.status() != 0) {
                assertThat(answer.code())
                        .as("round " + round + ": " + answer.output())
                        .isPositive();
            }
        }
    }

    /** Remembers what it was asked. */
    private static final class RecordingPorts implements PortService {
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private volatile @Nullable SwitchException failure;

        private void called(String call) throws SwitchException {
            SwitchException wanted = failure;
            if (wanted != null) {
                throw wanted;
            }
            calls.add(call);
        }

        @Override
        public List<PortInterface> add(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
            called("add " + attachment.containerId() + " " + attachment.podNamespace() + "/" + attachment.podName());
            return List.of();
        }

        @Override
        public void check(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
            called("check " + attachment.containerId());
        }

        @Override
        public void remove(String containerId, String interfaceName) throws SwitchException {
            called("remove " + containerId + " " + interfaceName);
        }

        @Override
        public PodInterface attach(Attachment attachment, PodNetwork network) throws SwitchException {
            called("attach " + attachment.containerId() + " " + network);
            return new PodInterface(
                    "kvp0", attachment.interfaceName(), "06:00:00:00:00:01", 1500, List.of(), List.of());
        }

        @Override
        public void check(Attachment attachment, PodNetwork network) throws SwitchException {
            called("check " + attachment.containerId() + " " + network);
        }

        @Override
        public void collect(Optional<String> network, Set<ContainerInterface> valid) throws SwitchException {
            called("collect "
                    + valid.stream()
                            .map(each -> each.containerId() + "/" + each.interfaceName())
                            .toList());
        }

        @Override
        public @Nullable String unavailable() {
            return null;
        }
    }
}
