package io.kubehv.hv.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MonitoringServerTest {
    private final AtomicBoolean alive = new AtomicBoolean(true);

    @Test
    void a_daemon_with_a_thread_that_has_ended_is_not_healthy() throws Exception {
        try (MonitoringServer server = MonitoringServer.start(0, () -> "", alive::get, () -> true, "not registered");
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest health = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/healthz"))
                    .build();
            assertThat(client.send(health, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            alive.set(false);
            assertThat(client.send(health, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(503);
        }
    }
}
