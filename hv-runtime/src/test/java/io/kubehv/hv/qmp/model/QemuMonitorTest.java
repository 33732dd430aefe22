package io.kubehv.hv.qmp.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.qmp.FakeSocket;
import io.kubehv.hv.qmp.FakeSocket.Connection;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RecordingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuMonitorTest {
    private static final Duration LONG = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private FakeSocket qemu(FakeSocket.Play play) throws IOException {
        return new FakeSocket(directory.resolve("qmp.sock"), connection -> {
            connection.negotiate();
            play.run(connection);
        });
    }

    private static void refuse(Connection connection, String words) throws IOException {
        String id = connection.id(connection.hear());
        connection.say(
                "{\"id\": \"" + id + "\", \"error\": {\"class\": \"GenericError\", \"desc\": \"" + words + "\"}}\r\n");
    }

    private static void accept(Connection connection) throws IOException {
        connection.say("{\"return\": {}, \"id\": \"" + connection.id(connection.hear()) + "\"}\r\n");
    }

    @Test
    void a_hypervisor_is_asked_to_stay_when_a_memory_cant_be_loaded() throws Exception {
        try (FakeSocket fake = qemu(QemuMonitorTest::accept);
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), new RecordingListener())) {
            client.connect(LONG);
            new QemuMonitor(client, LONG).migrateIncoming("file:/state/memory");
            fake.heard();
            assertThat(fake.heard()).contains("\"exit-on-error\":false", "file:/state/memory");
        }
    }

    @Test
    void a_hypervisor_that_does_not_know_how_to_stay_is_asked_without() throws Exception {
        try (FakeSocket fake = qemu(connection -> {
                    refuse(connection, "Parameter 'exit-on-error' is unexpected");
                    accept(connection);
                });
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), new RecordingListener())) {
            client.connect(LONG);
            new QemuMonitor(client, LONG).migrateIncoming("file:/state/memory");
            fake.heard();
            fake.heard();
            assertThat(fake.heard()).contains("file:/state/memory").doesNotContain("exit-on-error");
        }
    }

    @Test
    void any_other_refusal_to_load_is_told() throws Exception {
        try (FakeSocket _ = qemu(connection -> refuse(connection, "'-incoming defer' is required"));
                QmpClient client = new QmpClient(directory.resolve("qmp.sock"), new RecordingListener())) {
            client.connect(LONG);
            assertThatThrownBy(() -> new QemuMonitor(client, LONG).migrateIncoming("file:/state/memory"))
                    .isInstanceOf(QmpCommandException.class);
        }
    }
}
