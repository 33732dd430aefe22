package io.kubehv.hv.qmp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.qmp.FakeSocket;
import io.kubehv.hv.qmp.FakeSocket.Connection;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import io.kubehv.hv.qmp.QmpStateException;
import io.kubehv.hv.qmp.wire.QmpMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QmpClientTest {
    private static final Duration LONG = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final String EVENT = "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 0}, \"event\": \"%s\"}\r\n";

    @TempDir
    private Path directory;

    private final RecordingListener listener = new RecordingListener();

    private QmpClient client() {
        return new QmpClient(directory.resolve("qmp.sock"), listener);
    }

    private FakeSocket qemu(FakeSocket.Play play) throws IOException {
        return new FakeSocket(directory.resolve("qmp.sock"), play);
    }

    private static void echo(Connection connection) throws IOException {
        connection.negotiate();
        while (true) {
            String command = connection.hear();
            connection.say("{\"return\": {\"got\": \"" + connection.id(command) + "\"}, \"id\": \""
                    + connection.id(command) + "\"}\r\n");
        }
    }

    @Test
    void a_connected_client_runs_and_knows_the_version() throws Exception {
        try (FakeSocket _ = qemu(QmpClientTest::echo);
                QmpClient client = client()) {
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
            assertThat(client.connect(LONG)).isEqualTo("10.0.3");
            assertThat(client.runState()).isEqualTo(RunState.RUNNING);
            assertThat(client.execute("x", Map.of(), LONG).path("got").asText()).isEqualTo("kubehv-1");
        }
    }

    @Test
    void no_socket_is_a_failed_connect_and_leaves_the_client_idle() {
        QmpClient client = client();
        assertThatThrownBy(() -> client.connect(LONG)).isInstanceOf(QmpConnectException.class);
        assertThat(client.runState()).isEqualTo(RunState.IDLE);
    }

    @Test
    void a_silent_socket_is_a_failed_connect_after_the_time_out() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (FakeSocket _ = qemu(connection -> never.await());
                QmpClient client = client()) {
            assertThatThrownBy(() -> client.connect(SHORT))
                    .isInstanceOf(QmpConnectException.class)
                    .hasMessageContaining("is another client connected?");
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH\r\n", "{\"return\": {}}\r\n", "{\"event\": \"STOP\"}\r\n", "\n"})
    void another_protocol_is_a_failed_connect(String words) throws Exception {
        try (FakeSocket _ = qemu(connection -> connection.say(words));
                QmpClient client = client()) {
            assertThatThrownBy(() -> client.connect(LONG)).isInstanceOf(QmpConnectException.class);
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
        }
    }

    @Test
    void a_client_connects_only_once_at_a_time_and_again_after_the_end() throws Exception {
        try (FakeSocket _ = qemu(QmpClientTest::echo);
                QmpClient client = client()) {
            client.connect(LONG);
            assertThatThrownBy(() -> client.connect(LONG)).isInstanceOf(QmpStateException.class);
            client.disconnect();
            assertThat(listener.end()).isEqualTo("null");
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
            client.connect(LONG);
            assertThat(client.runState()).isEqualTo(RunState.RUNNING);
        }
    }

    @Test
    void a_refusal_carries_class_and_description() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    String id = connection.id(connection.hear());
                    connection.say("{\"id\": \"" + id
                            + "\", \"error\": {\"class\": \"GenericError\", \"desc\": \"no such device\"}}\r\n");
                    connection.hear();
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThatThrownBy(() -> client.execute("eject", Map.of(), LONG))
                    .isInstanceOfSatisfying(QmpCommandException.class, refused -> {
                        assertThat(refused.command()).isEqualTo("eject");
                        assertThat(refused.errorClass()).isEqualTo("GenericError");
                        assertThat(refused.description()).isEqualTo("no such device");
                    });
        }
    }

    @Test
    void a_connection_that_ends_before_the_answer_leaves_the_outcome_unknown() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    connection.hear();
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThatThrownBy(() -> client.execute("stop", Map.of(), LONG))
                    .isInstanceOf(QmpInterruptedException.class)
                    .hasMessageContaining("stop");
            assertThat(listener.end()).isEqualTo("null");
            assertThatThrownBy(() -> client.execute("stop", Map.of(), LONG)).isInstanceOf(QmpStateException.class);
        }
    }

    @Test
    void a_late_answer_is_dropped_and_the_session_goes_on() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    String late = connection.id(connection.hear());
                    String next = connection.id(connection.hear());
                    connection.say("{\"return\": \"late\", \"id\": \"" + late + "\"}\r\n");
                    connection.say("{\"return\": \"stranger\", \"id\": 7}\r\n");
                    connection.say("{\"return\": \"next\", \"id\": \"" + next + "\"}\r\n");
                    connection.hear();
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThatThrownBy(() -> client.execute("slow", Map.of(), SHORT))
                    .isInstanceOf(QmpInterruptedException.class);
            assertThat(client.execute("next", Map.of(), LONG).asText()).isEqualTo("next");
        }
    }

    @Test
    void answers_find_their_commands_whatever_their_order() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    List<String> commands = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        commands.add(connection.hear());
                    }
                    for (String command : commands.reversed()) {
                        String name = command.replaceFirst(".*\"execute\":\"([^\"]*)\".*", "$1");
                        connection.say(
                                "{\"return\": \"" + name + "\", \"id\": \"" + connection.id(command) + "\"}\r\n");
                    }
                    connection.hear();
                });
                QmpClient client = client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            client.connect(LONG);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String name = "command-" + i;
                answers.add(threads.submit(
                        () -> client.execute(name, Map.of(), LONG).asText()));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(answers.get(i).get()).isEqualTo("command-" + i);
            }
        }
    }

    @Test
    void events_are_heard_in_order_and_also_those_before_the_negotiation_ended() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.say(FakeSocket.GREETING);
                    connection.say(EVENT.formatted("RESUME"));
                    connection.hear();
                    connection.say("{\"return\": {}}\r\n" + EVENT.formatted("STOP") + EVENT.formatted("SHUTDOWN"));
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThat(listener.end()).isEqualTo("null");
            assertThat(listener.names()).containsExactly("RESUME", "STOP", "SHUTDOWN");
        }
    }

    @Test
    void a_slow_listener_stalls_nothing_and_is_told_what_it_lost() throws Exception {
        RecordingListener slow = new RecordingListener(1);
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    for (int i = 0; i < 1000; i++) {
                        connection.say(EVENT.formatted("EVENT-" + i));
                    }
                    String id = connection.id(connection.hear());
                    connection.say("{\"return\": {}, \"id\": \"" + id + "\"}\r\n");
                    connection.hear();
                });
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), slow)) {
            client.connect(LONG);
            assertThat(client.execute("x", Map.of(), LONG).isEmpty()).isTrue();
            slow.gate.countDown();
            await().until(() -> slow.names().contains("EVENT-999"));
            assertThat(slow.lost.get() + slow.events.size()).isEqualTo(1000);
            assertThat(slow.lost.get()).isPositive();
        }
    }

    @Test
    void a_line_over_the_limit_ends_the_session_with_the_reason() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    byte[] much = new byte[1 << 20];
                    java.util.Arrays.fill(much, (byte) 'x');
                    for (int i = 0; i < 12; i++) {
                        connection.say(much);
                    }
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThat(listener.end()).contains("longer than 10485760 bytes");
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
        }
    }

    @Test
    void closing_ends_commands_in_flight_with_an_unknown_outcome() throws Exception {
        try (FakeSocket fake = qemu(connection -> {
                    connection.negotiate();
                    connection.hear();
                    connection.hear();
                });
                QmpClient client = client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            client.connect(LONG);
            assertThat(fake.heard()).contains("qmp_capabilities");
            Future<?> waiting = threads.submit(() -> client.execute("stop", Map.of(), LONG));
            assertThat(fake.heard()).contains("stop");
            client.disconnect();
            assertThatThrownBy(waiting::get).hasCauseInstanceOf(QmpInterruptedException.class);
            assertThat(listener.end()).isEqualTo("null");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void noise_after_the_negotiation_ends_the_session_or_is_ignored_but_never_hangs_it(long seed) throws Exception {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        byte[] noise = new byte[50_000];
        random.nextBytes(noise);
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    connection.say(noise);
                });
                QmpClient client = client()) {
            client.connect(LONG);
            assertThat(listener.end()).isNotEqualTo("(still connected)");
            assertThat(client.runState()).isEqualTo(RunState.IDLE);
        }
    }

    @Test
    void a_client_is_idle_when_its_last_command_hears_of_the_end() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
            connection.negotiate();
            connection.hear();
        })) {
            for (int i = 0; i < 200; i++) {
                try (QmpClient client = client()) {
                    client.connect(LONG);
                    assertThatThrownBy(() -> client.execute("quit", Map.of(), LONG))
                            .isInstanceOf(QmpInterruptedException.class);
                    assertThat(client.runState()).isEqualTo(RunState.IDLE);
                }
            }
        }
    }

    @Test
    void a_client_may_take_shorter_lines_only() throws Exception {
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    connection.say("x".repeat(5000));
                    connection.hear();
                });
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), 4096, listener)) {
            client.connect(LONG);
            assertThat(listener.end()).contains("longer than 4096 bytes");
        }
    }

    @Test
    void a_listener_that_fails_hears_the_rest_and_the_end() throws Exception {
        RecordingListener failing = new RecordingListener() {
            @Override
            public void onEvent(QmpMessage.Event event) {
                super.onEvent(event);
                throw new IllegalStateException("a listener's own trouble");
            }
        };
        try (FakeSocket _ = qemu(connection -> {
                    connection.negotiate();
                    connection.say(EVENT.formatted("STOP") + EVENT.formatted("SHUTDOWN"));
                });
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), failing)) {
            client.connect(LONG);
            assertThat(failing.end()).isEqualTo("null");
            assertThat(failing.names()).containsExactly("STOP", "SHUTDOWN");
        }
    }
}
