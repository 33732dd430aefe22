package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.status.MachineReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with a QEMU that is played. */
class MachineSessionTest implements MachineOutlet {
    private static final PodFacts POD = new PodFacts("u1", false, Duration.ofSeconds(60), false);
    private static final PodFacts DELETED = new PodFacts("u1", true, Duration.ofSeconds(60), false);

    @TempDir
    private Path pods;

    private final FakeHypervisor qemu = new FakeHypervisor();
    private final List<MachineEvent> events = new CopyOnWriteArrayList<>();
    private DirectoryWatch watch;
    private MachineSession session;

    @BeforeEach
    void start() throws IOException {
        watch = DirectoryWatch.start();
        Files.createFile(Files.createDirectories(pods.resolve("u1/volumes/kubernetes.io~empty-dir/runtime"))
                .resolve("qmp.sock"));
        qemu.runState = "running";
    }

    private void begin(PodFacts pod) {
        session = new MachineSession(
                "shop/web", pod, new MachineSession.Surroundings(pods, directory -> true, watch, qemu::connect), this);
        session.podIs(pod);
    }

    @AfterEach
    void end() throws IOException {
        session.close();
        watch.close();
    }

    @Override
    public void report(MachineReport report) {
        // Nobody asks.
    }

    @Override
    public void happened(MachineEvent event, String occurrence, String detail) {
        events.add(event);
    }

    @Test
    void a_guest_whose_vm_object_is_gone_is_shut_down_when_its_pod_is_deleted() {
        begin(POD);
        session.machineIsGone();
        await().until(session::isConnected);
        assertThat(qemu.orders).isEmpty();
        session.podIs(DELETED);
        await().untilAsserted(() -> assertThat(qemu.orders).containsExactly("powerDown"));
    }

    @Test
    void a_guest_that_is_to_go_waits_a_moment_for_its_vm_object_and_no_longer() {
        begin(DELETED);
        await().during(Duration.ofSeconds(1)).until(() -> qemu.orders.isEmpty());
        await().untilAsserted(() -> assertThat(qemu.orders).containsExactly("powerDown"));
    }
}
