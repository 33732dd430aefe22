package io.kubehv.cni.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.shim.TestShim;
import io.kubehv.cni.shim.TestShim.Answer;
import io.kubehv.cni.switching.SwitchConfiguration;
import io.kubehv.cni.switching.TestNode;
import io.kubehv.cni.switching.TestPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: the shim, the socket, and ports in real namespaces. */
class SwitchEndpointIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MANY = 100;
    private static final int FEW = 4;
    private static final int SEVERAL = 16;
    private static final int ROUNDS = 50;

    @TempDir
    private static Path built;

    private static Path run;
    private static TestShim shim;

    private final List<TestNamespace> pods = new ArrayList<>();
    private TestNode node;
    private LeftBehind left;
    private SwitchEndpoint endpoint;

    @TempDir
    private Path state;

    @BeforeAll
    static void compile() throws Exception {
        run = Files.createDirectory(built.resolve("run"));
        shim = TestShim.compile(built.resolve("shim"), run, 30, "-static", "-O2");
    }

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(state);
        left = new LeftBehind(node.namespace());
        endpoint = SwitchEndpoint.start(node.ports(), run.resolve("switch.sock"));
        node.ports()
                .configure(List.of(new SwitchConfiguration(
                        "lab", SwitchType.PRIVATE, Optional.empty(), Optional.empty(), 1500, List.of())));
    }

    @AfterEach
    void end() throws Exception {
        endpoint.close();
        node.close();
    }

    /** A port with all guards on. */
    private static List<SwitchPort> guarded(int number) {
        return List.of(TestPort.numbered(number)
                .guards(false, true, true)
                .stormLimit(100 + number % 3)
                .port());
    }

    private String pod() {
        TestNamespace pod = node.pod();
        pods.add(pod);
        return pod.path().toString();
    }

    @Test
    void a_pod_s_ports_come_with_its_add_and_go_with_its_del() throws Exception {
        String pod = pod();
        Answer add = shim.call("ADD", "one", pod, guarded(1));
        assertThat(add.status()).as(add.output()).isZero();
        assertThat(JSON.readTree(add.output()).at("/ips/0/address").asText()).isEqualTo("10.244.0.2/24");
        assertThat(left.ofPorts())
                .as("an interface, its place in the forwarding table, its guards")
                .anyMatch(line -> line.contains("master kvs"))
                .anyMatch(line -> line.startsWith("00:15:5d:00:00:01"))
                .anyMatch(line -> line.contains("00:15:5d:00:00:01") && line.contains("\"kvp"));
        assertThat(shim.call("CHECK", "one", pod, guarded(1)).status()).isZero();
        assertThat(shim.call("ADD", "one", pod, guarded(1)).status())
                .as("once more")
                .isZero();
        for (String where : List.of(pod, "", "/run/netns/gone")) {
            assertThat(shim.call("DEL", "one", where, guarded(1)).status())
                    .as("DEL at \"" + where + '"')
                    .isZero();
            assertThat(left.ofPorts()).isEmpty();
        }
        Answer check = shim.call("CHECK", "one", pod, guarded(1));
        assertThat(check.status()).as("CHECK of what is gone").isNotZero();
    }

    @Test
    void the_ports_of_a_pod_whose_namespace_is_gone_are_removed_all_the_same() throws Exception {
        String pod = pod();
        assertThat(shim.call("ADD", "one", pod, guarded(1)).status()).isZero();
        pods.getLast().close();
        assertThat(shim.call("DEL", "one", "", guarded(1)).status()).isZero();
        assertThat(left.ofPorts()).isEmpty();
    }

    // A port that was made is guarded from then on, not from the next time that somebody looks.
    private static String failures(List<String> commands, int number, String namespace) throws Exception {
        StringBuilder failures = new StringBuilder();
        for (String command : commands) {
            Answer answer = shim.call(command, "pod" + number, namespace, guarded(number));
            failures.append(answer.status() == 0 ? "" : command + ": " + answer.output());
        }
        return failures.toString();
    }

    @Test
    void a_port_is_guarded_from_its_start_while_all_rules_are_replaced() throws Exception {
        List<String> namespaces =
                IntStream.range(0, FEW).mapToObj(number -> pod()).toList();
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService callers = Executors.newFixedThreadPool(FEW)) {
            Thread cluster = Thread.ofPlatform().start(() -> {
                while (!isOver.get()) {
                    node.ports().reconcile();
                }
            });
            try {
                List<Callable<String>> calls = IntStream.range(0, FEW)
                        .<Callable<String>>mapToObj(number -> () -> {
                            StringBuilder failures = new StringBuilder();
                            for (int round = 0; round < ROUNDS; round++) {
                                failures.append(
                                        failures(List.of("ADD", "CHECK", "DEL"), number, namespaces.get(number)));
                            }
                            return failures.toString();
                        })
                        .toList();
                for (Future<String> failures : callers.invokeAll(calls)) {
                    assertThat(failures.get()).isEmpty();
                }
            } finally {
                isOver.set(true);
                cluster.join();
            }
        }
        node.ports().reconcile();
        assertThat(left.ofPorts()).isEmpty();
    }

    @Test
    void many_ports_at_once_share_a_storm_limit_that_nobody_had_before() throws Exception {
        assertThat(shim.call("ADD", "first", pod(), guarded(0)).status()).isZero();
        // Three apart, they have the same limit, and not that of the first.
        List<Integer> numbers = IntStream.range(0, SEVERAL)
                .map(number -> 3 * number + 1)
                .boxed()
                .toList();
        List<String> namespaces = numbers.stream().map(number -> pod()).toList();
        try (ExecutorService callers = Executors.newFixedThreadPool(SEVERAL)) {
            List<Callable<String>> calls = IntStream.range(0, SEVERAL)
                    .<Callable<String>>mapToObj(
                            each -> () -> failures(List.of("ADD"), numbers.get(each), namespaces.get(each)))
                    .toList();
            for (Future<String> failures : callers.invokeAll(calls)) {
                assertThat(failures.get()).isEmpty();
            }
        }
    }

    @Test
    void a_hundred_pods_come_and_go_at_once_while_the_cluster_changes() throws Exception {
        List<String> namespaces =
                IntStream.range(0, MANY).mapToObj(number -> pod()).toList();
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService callers = Executors.newFixedThreadPool(MANY)) {
            // What the watch does whenever something changes: all rules are replaced.
            Thread cluster = Thread.ofPlatform().start(() -> {
                while (!isOver.get()) {
                    node.ports().reconcile();
                }
            });
            try {
                for (List<String> commands : List.of(List.of("ADD", "CHECK"), List.of("DEL"))) {
                    List<Callable<String>> calls = IntStream.range(0, MANY)
                            .<Callable<String>>mapToObj(
                                    number -> () -> failures(commands, number, namespaces.get(number)))
                            .toList();
                    for (Future<String> failures : callers.invokeAll(calls)) {
                        assertThat(failures.get()).isEmpty();
                    }
                }
            } finally {
                isOver.set(true);
                cluster.join();
            }
        }
        assertThat(left.ofPorts()).isEmpty();
    }
}
