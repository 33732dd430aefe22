package io.kubehv.hv.qmp.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RecordingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the machine's QEMU, with a machine that has a BIOS and nothing to boot. */
class QemuMonitorIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String UUID = "6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11";

    @TempDir
    private Path directory;

    private Process qemu;
    private final RecordingListener listener = new RecordingListener();
    private QmpClient client;
    private QemuMonitor monitor;

    @BeforeEach
    void start() throws Exception {
        Path socket = directory.resolve("qmp.sock");
        qemu = qemu(socket);
        client = new QmpClient(socket, listener);
        monitor = new QemuMonitor(client, TIMEOUT);
        await().atMost(TIMEOUT).until(() -> Files.exists(socket));
        client.connect(TIMEOUT);
    }

    private static Process qemu(Path socket, String... more) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "qemu-system-x86_64",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-machine",
                "q35",
                "-accel",
                "tcg",
                "-m",
                "64",
                "-S",
                "-uuid",
                UUID,
                "-qmp",
                "unix:" + socket + ",server=on,wait=off");
        builder.command().addAll(java.util.List.of(more));
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        qemu.destroyForcibly().waitFor();
    }

    @Test
    void a_machine_starts_stops_and_quits() throws Exception {
        assertThat(monitor.queryStatus()).isEqualTo(new VirtualMachineStatus(false, VirtualMachineRunState.PRELAUNCH));
        assertThat(monitor.queryUuid()).isEqualTo(UUID);
        monitor.cont();
        assertThat(monitor.queryStatus()).isEqualTo(new VirtualMachineStatus(true, VirtualMachineRunState.RUNNING));
        monitor.stop();
        assertThat(monitor.queryStatus().state()).isEqualTo(VirtualMachineRunState.PAUSED);
        monitor.systemReset();
        monitor.quit();
        assertThat(qemu.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(listener.end()).isNotEqualTo("(still connected)");
        assertThat(listener.names()).contains("RESUME", "STOP", "RESET", "SHUTDOWN");
    }

    @Test
    void a_second_client_is_kept_waiting_and_times_out() {
        try (QmpClient second = new QmpClient(directory.resolve("qmp.sock"), new RecordingListener())) {
            assertThatThrownBy(() -> second.connect(Duration.ofMillis(300))).isInstanceOf(QmpConnectException.class);
        }
    }

    @Test
    void a_client_that_went_away_can_be_followed_by_another() throws Exception {
        client.disconnect();
        assertThat(listener.end()).isEqualTo("null");
        client.connect(TIMEOUT);
        assertThat(monitor.queryStatus().running()).isFalse();
    }

    @Test
    void an_unknown_command_is_refused_with_its_class() {
        assertThatThrownBy(() -> client.execute("no-such-command", Map.of(), TIMEOUT))
                .isInstanceOfSatisfying(
                        QmpCommandException.class,
                        e -> assertThat(e.errorClass()).isEqualTo("CommandNotFound"));
    }

    @Test
    void a_state_is_saved_to_a_file_and_resumed_in_another_QEMU() throws Exception {
        Path file = directory.resolve("memory");
        monitor.cont();
        monitor.enableMigrationEvents();
        monitor.setMigrationBandwidth(1L << 40);
        monitor.stop();
        monitor.migrate("exec:cat > " + file);
        await().atMost(TIMEOUT).until(() -> monitor.queryMigrate().phase() == MigrationStatus.Phase.COMPLETED);
        assertThat(monitor.queryMigrate().transferredBytes()).isPositive();
        monitor.quit();

        Path socket = directory.resolve("second.sock");
        Process second = qemu(socket, "-incoming", "defer");
        try (QmpClient resumed = new QmpClient(socket, new RecordingListener())) {
            await().atMost(TIMEOUT).until(() -> Files.exists(socket));
            resumed.connect(TIMEOUT);
            QemuMonitor other = new QemuMonitor(resumed, TIMEOUT);
            assertThat(other.queryStatus().state()).isEqualTo(VirtualMachineRunState.INMIGRATE);
            other.migrateIncoming("exec:cat " + file);
            await().atMost(TIMEOUT)
                    .until(() -> other.queryStatus().state() == VirtualMachineRunState.PAUSED
                            || other.queryStatus().state() == VirtualMachineRunState.PRELAUNCH);
            other.cont();
            assertThat(other.queryStatus().running()).isTrue();
        } finally {
            second.destroyForcibly().waitFor();
        }
    }
}
