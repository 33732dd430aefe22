package io.kubehv.vmbus.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.hv.checkpoint.WrittenRange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checkpoints that need no guest, with an API server that tells of each write before it answers. */
class CheckpointDeskTest {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<Stage> stages = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private KubernetesClient client;
    private CaptureWriter writer;
    private CheckpointDesk desk;

    private final VolumeSnapshots volumes = new VolumeSnapshots() {
        @Override
        public Collection<String> ahead(String name, List<String> kept, Map<String, List<WrittenRange>> written) {
            throw new AssertionError("no guest waits for the cut " + name);
        }

        @Override
        public Cut cut(String name, List<String> kept, Map<String, List<WrittenRange>> written, Duration limit) {
            calls.add("cut " + name);
            return new Cut(name, List.of(new Snapshot("volume", "snapshot", null)));
        }

        @Override
        public void delete(String handle, List<String> snapshots) {
            calls.add("delete " + handle);
        }

        @Override
        public void revert(String volume, String snapshot, String token) {
            calls.add("revert " + volume);
        }
    };

    @BeforeEach
    void begin() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::patched);
        server.start();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://localhost:" + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build();
        client = new KubernetesClientBuilder().withConfig(config).build();
        writer = new CaptureWriter(client);
        desk = new CheckpointDesk(
                new DiskStates(Path.of("no-pods"), volumes, writer), writer, order -> false, Clock.systemUTC());
    }

    @AfterEach
    void end() {
        desk.close();
        writer.close();
        client.close();
        server.stop(0);
    }

    private void patched(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Checkpoint written = Serialization.unmarshal(body, Checkpoint.class);
        CheckpointCapture capture = written.getStatus().capture();
        desk.checkpointIs(checkpoint(capture));
        stages.add(capture.stage());
        byte[] answer = Serialization.asJson(written).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    /** Of a VM that is off. */
    private static Checkpoint checkpoint(@Nullable CheckpointCapture capture) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.getMetadata().setNamespace("shop");
        checkpoint.getMetadata().setName("before");
        checkpoint.getMetadata().setUid("uid-1");
        checkpoint.setStatus(new CheckpointStatus(
                CheckpointPhase.CREATING,
                CheckpointType.PRODUCTION,
                null,
                null,
                null,
                "node",
                false,
                null,
                null,
                null,
                List.of(new CheckpointDisk("root", "web-root", "volume", null, null)),
                capture,
                null,
                null));
        return checkpoint;
    }

    @Test
    void one_that_it_has_begun_itself_is_not_taken_for_one_that_was_broken_off() {
        desk.checkpointIs(checkpoint(null));
        await().until(() -> stages.contains(Stage.COMPLETE));
        assertThat(stages).containsExactly(Stage.STARTED, Stage.COMPLETE);
        assertThat(calls).containsExactly("cut checkpoint-uid-1-production");
    }

    @Test
    void one_that_an_earlier_life_of_the_daemon_has_begun_is_given_up_and_leaves_nothing() {
        desk.checkpointIs(checkpoint(CheckpointCapture.of(Stage.STARTED, CheckpointType.PRODUCTION)));
        await().until(() -> stages.contains(Stage.FAILED));
        assertThat(calls).containsExactly("cut checkpoint-uid-1-production", "delete checkpoint-uid-1-production");
    }
}
