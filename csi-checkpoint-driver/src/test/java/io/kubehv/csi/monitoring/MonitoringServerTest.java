package io.kubehv.csi.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MonitoringServerTest {
    @Test
    void trouble_with_the_pool_makes_the_driver_unready_and_has_it_live() throws IOException, InterruptedException {
        try (MonitoringServer server = MonitoringServer.start(
                0, Optional::empty, () -> Optional.of("the pool is full"), new CollectorRegistry(), () -> {})) {
            assertThat(get(server, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(server, "/readyz").statusCode()).isEqualTo(503);
            assertThat(get(server, "/readyz").body()).isEqualTo("the pool is full\n");
        }
    }

    private static HttpResponse<String> get(MonitoringServer server, String path)
            throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + server.port() + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        }
    }
}
