package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session, a real QEMU and a guest that boots and runs meanwhile. As root: it mounts. */
class AdapterPlugIT {
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String MAC = "00:15:5d:00:00:0a";

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    private void boot() throws Exception {
        session = new SessionHarness(root, "u1", false);
        machine = new TestMachine(session.pods, "u1", root);
        machine.startGuestWithPorts(TestMachine.tinyDisk(root));
        await().atMost(BOOT).until(() -> machine.console().contains("tiny: booted"));
    }

    @Test
    void an_adapter_comes_and_leaves_by_the_spec_a_hundred_times_and_the_daemon_may_restart_meanwhile()
            throws Exception {
        boot();
        for (int i = 0; i < 100; i++) {
            session.wantAdapters(List.of(new NetworkAdapter("lan", null, null, null)), Map.of("lan", MAC));
            if (i % 20 == 0) {
                session.restartDaemon();
            }
            awaitAdapters(new AttachedAdapter("lan", true, "Attached", null));
            session.wantAdapters(List.of(), Map.of("lan", MAC));
            if (i % 20 == 10) {
                session.restartDaemon();
            }
            awaitAdapters();
        }

        assertThat(machine.isAlive()).isTrue();
        assertThat(session.events).isEmpty();
    }

    @Test
    void ports_of_a_running_VM_are_opened_and_closed() throws Exception {
        boot();
        int port = freePort();
        // The guest's server is at port 80; what is forwarded here reaches nothing, but is accepted.
        session.wantAdapters(List.of(lan(port)), Map.of("lan", MAC));
        awaitAdapters(new AttachedAdapter("lan", true, "Attached", null));
        await().atMost(SOON).until(() -> isTaken(port));
        session.wantAdapters(List.of(lan(null)), Map.of("lan", MAC));
        await().atMost(SOON).until(() -> !isTaken(port));
        try (ServerSocket _ = new ServerSocket(port)) {
            session.wantAdapters(List.of(lan(port)), Map.of("lan", MAC));
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(session.lastReport().orElseThrow().adapters())
                                    .singleElement()
                                    .matches(adapter -> adapter.reason().equals("Failed"))
                                    .extracting(AttachedAdapter::message)
                                    .asString()
                                    .contains("host forwarding rule"));
        }
        await().atMost(SOON).until(() -> isTaken(port));
        awaitAdapters(new AttachedAdapter("lan", true, "Attached", null));
    }

    @Test
    void an_adapter_on_a_switch_waits_for_its_port() throws Exception {
        boot();
        NetworkAdapter adapter = new NetworkAdapter(
                "lab", null, null, null, null, "lab", null, null, null, null, null, null, null, null, null, null);
        session.wantAdapters(List.of(adapter), Map.of());
        awaitAdapters(new AttachedAdapter("lab", false, "Pending", "it has no MAC address yet"));
        session.wantAdapters(List.of(adapter), Map.of("lab", MAC));
        awaitAdapters(new AttachedAdapter("lab", false, "Pending", "it has no port on the switch \"lab\" yet"));
    }

    private static NetworkAdapter lan(@Nullable Integer port) {
        return new NetworkAdapter(
                "lan", null, null, port == null ? List.of() : List.of(new NetworkPort("p", port, PortProtocol.TCP)));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private static boolean isTaken(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void awaitAdapters(AttachedAdapter... adapters) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(
                        () -> assertThat(session.lastReport().orElseThrow().adapters())
                                .containsExactly(adapters));
    }
}
