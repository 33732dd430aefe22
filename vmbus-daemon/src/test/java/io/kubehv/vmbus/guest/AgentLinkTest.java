package io.kubehv.vmbus.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.vmbus.status.MachineReport.AgentReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentLinkTest {
    @TempDir
    private Path directory;

    private final List<AgentReport> reports = new CopyOnWriteArrayList<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private ServerSocketChannel guest;
    private AgentLink link;

    @BeforeEach
    void listen() throws IOException {
        guest = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        guest.bind(UnixDomainSocketAddress.of(directory.resolve("agent.sock")));
        Thread.ofVirtual().start(this::serve);
        link = new AgentLink(directory.resolve("agent.sock"), (agent, facts) -> reports.add(agent));
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        guest.close();
    }

    /** An agent that thinks before it answers, and says yes to everything. */
    private void serve() {
        try {
            while (true) {
                try (SocketChannel connection = guest.accept()) {
                    BufferedReader lines =
                            new BufferedReader(Channels.newReader(connection, StandardCharsets.ISO_8859_1));
                    String id = lines.readLine().replaceFirst(".*\"id\":(\\d+).*", "$1");
                    connection.write(ByteBuffer.wrap(
                            ("\u00ff{\"return\": " + id + "}\n").getBytes(StandardCharsets.ISO_8859_1)));
                    lines.readLine();
                    asked.countDown();
                    answer.await();
                    connection.write(ByteBuffer.wrap("{\"return\": {}}\n".getBytes(StandardCharsets.ISO_8859_1)));
                }
            }
        } catch (IOException | InterruptedException e) {
            // The test is over.
            asked.countDown();
        }
    }

    @Test
    void an_agent_that_answers_is_told() {
        answer.countDown();
        link.portIs(true);
        await().untilAsserted(() -> assertThat(reports).containsExactly(AgentReport.CONNECTED));
        assertThat(link.shutDown()).isTrue();
    }

    @Test
    void an_answer_that_comes_after_the_port_closed_is_not_told() throws InterruptedException {
        link.portIs(true);
        asked.await();
        link.portIs(false);
        answer.countDown();
        await().during(Duration.ofMillis(500)).until(() -> reports.equals(List.of(AgentReport.NOT_CONNECTED)));
        assertThat(link.shutDown()).isFalse();
    }

    @Test
    void a_link_in_the_place_of_the_socket_is_not_followed() throws IOException {
        answer.countDown();
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("agent.sock"));
        try (AgentLink followed = new AgentLink(link, (agent, facts) -> reports.add(agent))) {
            followed.portIs(true);
            await().untilAsserted(() -> assertThat(reports).containsExactly(AgentReport.NOT_ANSWERING));
        }
    }
}
