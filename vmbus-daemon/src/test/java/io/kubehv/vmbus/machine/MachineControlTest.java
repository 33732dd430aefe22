package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.status.MachineReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineControlTest {
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final FakeHypervisor qemu = new FakeHypervisor();
    private final Recorder recorder = new Recorder();
    private long now;
    private boolean agentAnswers;
    private final MachineControl control = control(new PodFacts("pod", false, Duration.ofSeconds(70), false));

    private static final class Recorder implements MachineOutlet {
        final List<MachineReport> reports = new ArrayList<>();
        final List<MachineEvent> events = new ArrayList<>();

        @Override
        public void report(MachineReport report) {
            reports.add(report);
        }

        @Override
        public void happened(MachineEvent event, String occurrence, String detail) {
            events.add(event);
        }
    }

    private MachineControl control(PodFacts pod) {
        MachineFiles files = new MachineFiles(Path.of("/nonexistent"), directory -> true, "pod");
        SaveProcedure save = new SaveProcedure(files, recorder, () -> {}, () -> now);
        return new MachineControl(
                pod, recorder, save, new ResumeProcedure(files, recorder), () -> agentAnswers, () -> now);
    }

    private void connect() {
        control.connected(qemu, MachineReport.of(null));
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

    private void delete() {
        control.podIs(new PodFacts("pod", true, Duration.ofSeconds(70), false));
    }

    private MachineReport last() {
        return recorder.reports.getLast();
    }

    @Test
    void a_new_machine_is_started_and_told_once_as_running() {
        control.wants(PowerState.RUNNING, GRACE, null);
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        assertThat(recorder.reports).extracting(MachineReport::state).containsExactly(VirtualMachineState.RUNNING);
    }

    @Test
    void a_machine_that_is_wanted_paused_is_never_started() {
        control.wants(PowerState.PAUSED, GRACE, null);
        connect();
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        assertThat(last().state()).isEqualTo(VirtualMachineState.PAUSED);
    }

    @Test
    void an_order_whose_outcome_is_unknown_is_asked_for_and_not_repeated() {
        control.wants(PowerState.RUNNING, GRACE, null);
        connect();
        qemu.breaks.add("resume");
        assertThatThrownBy(() -> control.step(qemu)).isInstanceOf(HypervisorLostException.class);
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
    }

    @Test
    void a_guest_is_asked_again_to_shut_down_and_turned_off_when_its_time_is_up() {
        control.wants(PowerState.RUNNING, GRACE, null);
        connect();
        control.step(qemu);
        delete();
        control.step(qemu);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
        after(OrderlyShutdown.REPEAT);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown", "powerDown");
        after(GRACE);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
        assertThat(recorder.events).containsExactly(MachineEvent.SHUTDOWN_REQUESTED, MachineEvent.SHUTDOWN_TIMED_OUT);
        assertThat(control.isEndExpected()).isTrue();
    }

    @Test
    void the_agent_is_asked_first_and_the_button_pressed_after_it() {
        agentAnswers = true;
        control.wants(PowerState.RUNNING, GRACE, null);
        connect();
        control.step(qemu);
        delete();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        after(OrderlyShutdown.REPEAT);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
    }

    @Test
    void a_paused_guest_goes_on_so_that_it_can_shut_down() {
        control.wants(PowerState.PAUSED, GRACE, null);
        qemu.runState = "paused";
        connect();
        delete();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
    }

    @Test
    void a_machine_that_was_never_started_is_turned_off_without_a_word() {
        control.wants(PowerState.RUNNING, GRACE, null);
        delete();
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("quit");
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void a_shorter_deletion_shortens_the_guests_time() {
        control.wants(PowerState.RUNNING, GRACE, null);
        connect();
        control.step(qemu);
        delete();
        control.podIs(new PodFacts("pod", true, Duration.ofSeconds(5), false));
        after(Duration.ofSeconds(4));
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
    }

    @Test
    void a_reset_is_done_once_a_value_and_not_for_what_a_start_has_done() {
        control.wants(PowerState.RUNNING, GRACE, "monday");
        connect();
        control.step(qemu);
        assertThat(qemu.orders).doesNotContain("reset");
        assertThat(last().resetAt()).isEqualTo("monday");
        control.wants(PowerState.RUNNING, GRACE, "tuesday");
        control.step(qemu);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "reset");
        assertThat(last().resetAt()).isEqualTo("tuesday");
    }

    @Test
    void a_new_daemon_resets_nothing_that_an_earlier_one_has_reset() {
        qemu.runState = "running";
        control.wants(PowerState.RUNNING, GRACE, "monday");
        control.connected(qemu, new MachineReport(VirtualMachineState.RUNNING, null, null, "monday", null));
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_save_without_a_usable_volume_lets_the_guest_go_on() {
        control.wants(PowerState.SAVED, GRACE, null);
        qemu.runState = "running";
        SaveProcedure save = new SaveProcedure(
                new MachineFiles(Path.of("/nonexistent"), directory -> true, "pod"), recorder, () -> {}, () -> now);
        MachineControl saving = new MachineControl(
                new PodFacts("pod", false, Duration.ZERO, false),
                recorder,
                save,
                new ResumeProcedure(new MachineFiles(Path.of("/nonexistent"), directory -> true, "pod"), recorder),
                () -> false,
                () -> now);
        saving.wants(PowerState.SAVED, GRACE, null);
        save.savePodIs("save-pod");
        saving.connected(qemu, MachineReport.of(null));
        saving.step(qemu);
        assertThat(qemu.orders).containsExactly("pause", "resume");
        assertThat(recorder.events).containsExactly(MachineEvent.SAVE_FAILED);
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
    }

    @Test
    void a_guest_whose_disk_is_full_is_critical_and_tried_again_later() {
        control.wants(PowerState.RUNNING, GRACE, null);
        qemu.runState = "io-error";
        connect();
        qemu.breaks.clear();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        qemu.runState = "io-error";
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        assertThat(last().state()).isEqualTo(VirtualMachineState.CRITICAL);
        after(Duration.ofSeconds(11));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "resume");
    }
}
