package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.adapter.SearchDomains;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.status.MachineReport;
import java.io.IOException;
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

/** Sessions with a QEMU that is played. */
class MachineSessionTest implements MachineOutlet {
    private static final PodFacts POD = new PodFacts("u1", false, Duration.ofSeconds(60), false);
    private static final PodFacts DELETED = new PodFacts("u1", true, Duration.ofSeconds(60), false);

    @TempDir
    private Path pods;

    private final FakeHypervisor qemu = new FakeHypervisor();
    private final List<MachineEvent> events = new CopyOnWriteArrayList<>();
    private final List<MachineReport> reports = new CopyOnWriteArrayList<>();
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
                "shop/web",
                pod,
                new MachineSession.Surroundings(
                        pods,
                        directory -> true,
                        watch,
                        qemu::connect,
                        new SearchDomains(List.of()),
                        new DiskStates(pods, new FileVolumes(), (order, capture, whenThere) -> {}),
                        (order, capture, whenThere) -> whenThere.run()),
                this);
        session.podIs(pod);
    }

    @AfterEach
    void end() throws IOException {
        session.close();
        watch.close();
    }

    @Override
    public void report(MachineReport report) {
        reports.add(report);
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

    private static HypervisorEvents.Happening disk(String action, int number) {
        return new HypervisorEvents.Happening("BLOCK_IO_ERROR", false, "No space left", action, "t" + number);
    }

    private void beginConnected() {
        begin(POD);
        session.machineIsGone();
        await().until(session::isConnected);
    }

    @Test
    void an_unexpected_failure_is_survived_by_a_new_connection() {
        qemu.troubles.add(() -> {
            throw new java.nio.file.DirectoryIteratorException(new IOException("the volume went"));
        });
        begin(POD);
        session.machineIsGone();
        await().until(session::isConnected);
        session.podIs(DELETED);
        await().untilAsserted(() -> assertThat(qemu.orders).containsExactly("powerDown"));
        assertThat(session.isAlive()).isTrue();
    }

    @Test
    void a_disk_failure_is_told_when_the_guest_stands_still_for_it() {
        beginConnected();
        qemu.events.happened(disk("report", 1));
        qemu.events.happened(disk("stop", 2));
        await().untilAsserted(() -> assertThat(events).containsExactly(MachineEvent.DISK_FAILED));
    }

    @Test
    void a_guest_cant_have_told_without_end_and_each_kind_has_its_own_limit() {
        beginConnected();
        for (int i = 0; i < 100; i++) {
            qemu.events.happened(disk("stop", i));
        }
        await().until(() -> session.backlog() == 0);
        qemu.events.happened(new HypervisorEvents.Happening("RESET", true, "guest-reset", "", "t"));
        await().until(() -> events.contains(MachineEvent.GUEST_RESET));
        assertThat(events).hasSize(6);
    }

    @Test
    void what_a_hypervisor_tells_too_fast_is_dropped_and_not_kept() throws InterruptedException {
        beginConnected();
        CountDownLatch slow = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        qemu.troubles.add(() -> {
            asked.countDown();
            try {
                slow.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        session.savePodIs(null);
        asked.await();
        for (int i = 0; i < 10_000; i++) {
            qemu.events.happened(disk("stop", i));
        }
        assertThat(session.backlog()).isLessThanOrEqualTo(256);
        slow.countDown();
        await().until(() -> session.backlog() == 0);
        session.podIs(DELETED);
        await().untilAsserted(() -> assertThat(qemu.orders).containsExactly("powerDown"));
    }

    private void shutDown(String reason) {
        beginConnected();
        qemu.events.happened(new HypervisorEvents.Happening("SHUTDOWN", true, reason, "", "t"));
        qemu.gone = true;
        qemu.events.lost();
        await().until(() -> !session.isConnected() && session.backlog() == 0);
    }

    @Test
    void a_guest_that_shut_down_is_let_go_as_one_that_did_however_its_hypervisor_went() {
        shutDown("guest-shutdown");
        await().untilAsserted(() -> assertThat(reports.getLast().state()).isEqualTo(VirtualMachineState.STOPPING));
        assertThat(events).containsExactly(MachineEvent.GUEST_SHUT_DOWN);
    }

    @Test
    void a_guest_that_panicked_did_not_shut_down() {
        shutDown("guest-panic");
        await().untilAsserted(() -> assertThat(reports.getLast().state()).isEqualTo(VirtualMachineState.CRITICAL));
        assertThat(events).isEmpty();
    }

    @Test
    void a_session_that_is_closed_gives_up_its_save() throws IOException {
        assumeThat(System.getProperty("user.name"))
                .as("who may give a socket to QEMU's group")
                .isEqualTo("root");
        Path volume = Files.createDirectories(pods.resolve("save-pod/volumes/kubernetes.io~csi/pv-1/mount"));
        Path socket = pods.resolve("u1/volumes/kubernetes.io~empty-dir/runtime/save.sock");
        begin(POD);
        VirtualMachine machine = new VirtualMachine();
        machine.setSpec(Serialization.unmarshal("{\"powerState\": \"Saved\"}", VirtualMachineSpec.class));
        session.savePodIs("save-pod");
        session.machineIs(machine);
        await().until(() -> qemu.orders.contains("sendMemory"));
        session.close();
        await().until(() -> Files.notExists(socket));
        assertThat(volume).isEmptyDirectory();
    }
}
