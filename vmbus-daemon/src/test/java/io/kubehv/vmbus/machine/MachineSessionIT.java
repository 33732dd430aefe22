package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.status.MachineReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with a real QEMU. As root: they mount. */
class MachineSessionIT {
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String POD = "u1";

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;

    private void begin() throws IOException {
        session = new SessionHarness(root, POD, false);
        machine = new TestMachine(session.pods, POD, root);
    }

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    private static ConditionFactory within(Duration time) {
        return await().atMost(time);
    }

    @Test
    void a_guest_is_saved_to_a_volume_whole_and_its_hypervisor_ends() throws Exception {
        begin();
        Path disk = TestMachine.tinyDisk(root);
        Path volume = session.volumeOf("save-pod");
        machine.startGuest(disk);
        within(BOOT).until(() -> machine.console().contains("tiny: booted"));

        session.want(PowerState.SAVED);
        session.savePod("save-pod");
        assertThat(machine.exitCode()).isZero();
        assertThat(session.isIn(VirtualMachineState.SAVED)).isTrue();
        assertThat(session.events).containsExactly(MachineEvent.SAVED);
        assertThat(volume.resolve("memory")).isNotEmptyFile();
        assertThat(volume.resolve("memory.partial")).doesNotExist();
    }

    @Test
    void a_guest_that_hears_no_button_is_turned_off_when_its_time_is_up() throws Exception {
        begin();
        machine.startDeaf();
        within(SOON).until(() -> session.isIn(VirtualMachineState.RUNNING));
        session.deletePod(Duration.ofSeconds(8));
        assertThat(machine.exitCode()).isZero();
        assertThat(session.events).containsExactly(MachineEvent.SHUTDOWN_REQUESTED, MachineEvent.SHUTDOWN_TIMED_OUT);
    }

    @Test
    void a_pod_that_is_deleted_before_its_hypervisor_is_there_never_runs_a_guest() throws Exception {
        begin();
        session.deletePod(Duration.ofSeconds(30));
        machine.startDeaf();
        assertThat(machine.exitCode()).isZero();
        assertThat(session.events).isEmpty();
        assertThat(session.reports).extracting(MachineReport::state).doesNotContain(VirtualMachineState.RUNNING);
    }

    @Test
    void a_daemon_that_finds_a_pod_already_deleted_leaves_the_guest_its_time() throws Exception {
        begin();
        machine.startDeaf();
        within(SOON).until(() -> session.isIn(VirtualMachineState.RUNNING));
        session.deletePod(Duration.ofSeconds(30));
        within(SOON).until(() -> session.events.contains(MachineEvent.SHUTDOWN_REQUESTED));
        session.restartDaemon();
        within(SOON)
                .until(() -> session.events.stream()
                                .filter(MachineEvent.SHUTDOWN_REQUESTED::equals)
                                .count()
                        == 2);
        await().during(Duration.ofSeconds(3)).until(machine::isAlive);
        assertThat(session.events).doesNotContain(MachineEvent.SHUTDOWN_TIMED_OUT);
    }

    @Test
    void a_save_is_finished_by_the_next_daemon_though_the_save_pod_is_gone() throws Exception {
        begin();
        Path volume = session.volumeOf("save-pod");
        machine.startDeaf();
        within(SOON).until(() -> session.isIn(VirtualMachineState.RUNNING));
        session.silent = true;
        session.want(PowerState.SAVED);
        session.savePod("save-pod");
        within(SOON).until(() -> session.isIn(VirtualMachineState.SAVED));
        session.savePod(null);
        await().during(Duration.ofSeconds(2)).until(machine::isAlive);
        assertThat(session.isIn(VirtualMachineState.SAVED)).isTrue();
        session.restartDaemon();
        assertThat(machine.exitCode()).isZero();
        assertThat(session.events).containsExactly(MachineEvent.SAVED);
        assertThat(volume.resolve("memory")).isNotEmptyFile();
    }

    @Test
    void a_killed_hypervisor_is_told() throws Exception {
        begin();
        machine.startDeaf();
        within(SOON).until(() -> session.isIn(VirtualMachineState.RUNNING));
        machine.kill();
        within(SOON).until(() -> session.isIn(VirtualMachineState.CRITICAL));
        assertThat(session.lastReport().orElseThrow().accelerator()).isNull();
        assertThat(session.events).containsExactly(MachineEvent.QEMU_EXITED);
    }

    @Test
    void a_hypervisor_that_dies_on_its_way_out_is_that_of_a_guest_which_shut_down() throws Exception {
        begin();
        machine.startPoweringOff();
        within(SOON).until(() -> session.events.contains(MachineEvent.GUEST_SHUT_DOWN));
        assertThat(machine.isAlive()).isTrue();
        machine.signal("SEGV");
        assertThat(machine.exitCode()).isEqualTo(139);
        within(SOON).until(() -> session.lastReport().orElseThrow().accelerator() == null);
        assertThat(session.isIn(VirtualMachineState.STOPPING)).isTrue();
        assertThat(session.events).containsExactly(MachineEvent.GUEST_SHUT_DOWN);
    }

    @Test
    void a_reset_is_done_once_also_by_the_next_daemon() throws Exception {
        begin();
        machine.startDeaf();
        within(SOON).until(() -> session.isIn(VirtualMachineState.RUNNING));
        session.wantReset("monday");
        within(SOON)
                .until(() -> "monday".equals(session.lastReport().orElseThrow().resetAt()));
        assertThat(session.occurrences).containsOnlyOnce("asked monday");
        session.restartDaemon();
        session.wantReset("monday");
        session.want(PowerState.PAUSED);
        within(SOON).until(() -> session.isIn(VirtualMachineState.PAUSED));
        assertThat(session.occurrences).containsOnlyOnce("asked monday");
    }

    @Test
    void a_link_in_the_place_of_the_socket_is_not_followed() throws Exception {
        begin();
        Path runtime = session.pods.resolve(POD + "/volumes/kubernetes.io~empty-dir/runtime");
        SessionHarness other = new SessionHarness(root, "u9", false);
        try (TestMachine foreign = new TestMachine(other.pods, "u9", root).startDeaf()) {
            within(SOON).until(() -> other.isIn(VirtualMachineState.RUNNING));
            other.close();
            Files.createSymbolicLink(
                    runtime.resolve("qmp.sock"),
                    session.pods.resolve("u9/volumes/kubernetes.io~empty-dir/runtime/qmp.sock"));
            await().during(Duration.ofSeconds(2)).atMost(SOON).until(session.reports::isEmpty);
            assertThat(foreign.isAlive()).isTrue();
        }
    }
}
