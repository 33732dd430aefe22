package io.kubehv.hv.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.qmp.FakeSocket;
import io.kubehv.hv.qmp.FakeSocket.Connection;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import io.kubehv.hv.qmp.QmpProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestAgentTest {
    private static final Duration LONG = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofMillis(700);

    @TempDir
    private Path directory;

    private GuestAgent agent() {
        return new GuestAgent(directory.resolve("agent.sock"));
    }

    private FakeSocket guest(FakeSocket.Play play) throws IOException {
        return new FakeSocket(directory.resolve("agent.sock"), play);
    }

    /** Answers the synchronization as an agent does, after the given leftovers. */
    private static void synchronize(Connection connection, String leftovers) throws IOException {
        String command = connection.hear();
        String id = command.replaceFirst(".*\"id\":(\\d+).*", "$1");
        connection.say(leftovers);
        connection.say(new byte[] {(byte) 0xFF});
        connection.say("{\"return\": " + id + "}\n");
    }

    private static FakeSocket.Play answering(String answer) {
        return connection -> {
            synchronize(connection, "");
            connection.hear();
            connection.say(answer + "\n");
            connection.hear();
        };
    }

    @Test
    void a_command_begins_with_a_delimited_synchronization() throws Exception {
        try (FakeSocket fake = guest(answering("{\"return\": {}}"))) {
            agent().ping(LONG);
            assertThat(fake.heard().getBytes(StandardCharsets.ISO_8859_1)[0]).isEqualTo((byte) 0xFF);
            assertThat(fake.heard()).isEqualTo("{\"execute\":\"guest-ping\"}");
        }
    }

    @Test
    void what_an_agent_said_to_an_earlier_caller_is_skipped() throws Exception {
        String leftovers = "{\"return\": 12}\n{\"return\": {\"host-name\": \"old\"}}\nhalf a li";
        try (FakeSocket _ = guest(connection -> {
            synchronize(connection, leftovers);
            connection.hear();
            connection.say("{\"return\": {\"host-name\": \"web\"}}\n");
            connection.hear();
        })) {
            assertThat(agent().hostName(LONG)).isEqualTo("web");
        }
    }

    @Test
    void silence_before_the_command_means_that_there_is_no_agent() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (FakeSocket _ = guest(connection -> never.await())) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> agent().ping(SHORT))
                    .isInstanceOf(QmpConnectException.class)
                    .hasMessage("no guest agent answers");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(SHORT);
        }
    }

    @Test
    void silence_after_the_command_leaves_the_outcome_unknown() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (FakeSocket _ = guest(connection -> {
            synchronize(connection, "");
            never.await();
        })) {
            assertThatThrownBy(() -> agent().hostName(SHORT)).isInstanceOf(QmpInterruptedException.class);
        }
    }

    @Test
    void silence_after_a_shutdown_is_how_an_agent_says_yes() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (FakeSocket fake = guest(connection -> {
            synchronize(connection, "");
            connection.hear();
            never.await();
        })) {
            agent().shutdown(SHORT);
            fake.heard();
            assertThat(fake.heard()).contains("guest-shutdown").contains("powerdown");
        }
    }

    @Test
    void a_refusal_is_told_apart() throws Exception {
        try (FakeSocket _ = guest(answering(
                "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command has been disabled\"}}"))) {
            assertThatThrownBy(() -> agent().operatingSystem(LONG)).isInstanceOf(QmpCommandException.class);
        }
    }

    @Test
    void what_the_guest_runs_is_read_and_its_words_are_tamed() throws Exception {
        try (FakeSocket _ =
                guest(answering("{\"return\": {\"id\": \"debian\", \"pretty-name\": \"Debian\\u001b[31m 13\","
                        + " \"kernel-release\": \"" + "6".repeat(1000) + "\"}}"))) {
            OperatingSystem system = agent().operatingSystem(LONG);
            assertThat(system.id()).isEqualTo("debian");
            assertThat(system.prettyName()).isEqualTo("Debian [31m 13");
            assertThat(system.versionId()).isEmpty();
            assertThat(system.kernelRelease()).hasSize(256);
        }
    }

    @Test
    void interfaces_are_read_with_all_their_addresses() throws Exception {
        try (FakeSocket _ = guest(
                answering(
                        "{\"return\": [{\"name\": \"lo\", \"ip-addresses\": [{\"ip-address-type\": \"ipv4\", \"ip-address\": \"127.0.0.1\", \"prefix\": 8}]},"
                                + " {\"name\": \"eth0\", \"hardware-address\": \"00:15:5d:00:01:2a\","
                                + " \"ip-addresses\": [{\"ip-address\": \"10.0.2.15\"}, {\"ip-address\": \"fec0::15\"}]}, {\"name\": \"sit0\"}]}"))) {
            assertThat(agent().networkInterfaces(LONG))
                    .containsExactly(
                            new GuestInterface("lo", "", java.util.List.of("127.0.0.1")),
                            new GuestInterface("eth0", "00:15:5d:00:01:2a", java.util.List.of("10.0.2.15", "fec0::15")),
                            new GuestInterface("sit0", "", java.util.List.of()));
        }
    }

    @Test
    void an_endless_answer_is_refused() throws Exception {
        try (FakeSocket _ = guest(connection -> {
            synchronize(connection, "");
            connection.hear();
            connection.say(new byte[3 << 20]);
            connection.hear();
        })) {
            assertThatThrownBy(() -> agent().hostName(LONG)).isInstanceOf(QmpProtocolException.class);
        }
    }

    @Test
    void an_answer_that_is_well_formed_and_too_long_is_refused() throws Exception {
        try (FakeSocket _ = guest(answering("{\"return\": {\"host-name\": \"" + "n".repeat(65 << 10) + "\"}}"))) {
            assertThatThrownBy(() -> agent().hostName(LONG)).isInstanceOf(QmpProtocolException.class);
        }
    }
}
