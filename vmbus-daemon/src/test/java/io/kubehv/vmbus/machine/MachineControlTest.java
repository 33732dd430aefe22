package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.AutomaticStopAction;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.adapter.OwnAdapters;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineControlTest {
    @TempDir
    private Path pods;

    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final String NOTHING_BOOTS = "BdsDxe: No bootable option or device was found.\r\n";

    private final FakeHypervisor qemu = new FakeHypervisor();
    private final Recorder recorder = new Recorder();
    private long now;
    private boolean agentAnswers;
    private MachineControl control;

    @BeforeEach
    void begin() {
        control = control(new PodFacts("pod", false, Duration.ofSeconds(70), false));
    }

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
        MachineFiles files = new MachineFiles(pods, directory -> true, "pod");
        SaveProcedure save = new SaveProcedure(files, recorder, () -> {}, () -> now);
        return new MachineControl(
                pod, recorder, save, new ResumeProcedure(files, recorder), () -> agentAnswers, () -> now);
    }

    private static Wish wish(PowerState powerState, @Nullable String reset) {
        return new Wish(powerState, GRACE, reset, true, false, 1, 0, true, PATIENCE);
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
        control.wants(wish(PowerState.RUNNING, null));
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        assertThat(recorder.reports).extracting(MachineReport::state).containsExactly(VirtualMachineState.RUNNING);
    }

    @Test
    void a_machine_that_is_wanted_paused_is_never_started() {
        control.wants(wish(PowerState.PAUSED, null));
        connect();
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        assertThat(last().state()).isEqualTo(VirtualMachineState.PAUSED);
    }

    @Test
    void an_order_whose_outcome_is_unknown_is_asked_for_and_not_repeated() {
        control.wants(wish(PowerState.RUNNING, null));
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
        control.wants(wish(PowerState.RUNNING, null));
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
        control.wants(wish(PowerState.RUNNING, null));
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
        control.wants(wish(PowerState.PAUSED, null));
        qemu.runState = "paused";
        connect();
        delete();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
    }

    @Test
    void a_machine_that_was_never_started_is_turned_off_without_a_word() {
        control.wants(wish(PowerState.RUNNING, null));
        delete();
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("quit");
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void a_shorter_deletion_shortens_the_guests_time() {
        control.wants(wish(PowerState.RUNNING, null));
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
        control.wants(wish(PowerState.RUNNING, "monday"));
        connect();
        control.step(qemu);
        assertThat(qemu.orders).doesNotContain("reset");
        assertThat(last().resetAt()).isEqualTo("monday");
        control.wants(wish(PowerState.RUNNING, "tuesday"));
        control.step(qemu);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "reset");
        assertThat(last().resetAt()).isEqualTo("tuesday");
    }

    @Test
    void a_new_daemon_resets_nothing_that_an_earlier_one_has_reset() {
        qemu.runState = "running";
        control.wants(wish(PowerState.RUNNING, "monday"));
        control.connected(qemu, new MachineReport(VirtualMachineState.RUNNING, null, null, "monday", null));
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_save_without_a_usable_volume_lets_the_guest_go_on() {
        control.wants(wish(PowerState.SAVED, null));
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
        saving.wants(wish(PowerState.SAVED, null));
        save.savePodIs("save-pod");
        saving.connected(qemu, MachineReport.of(null));
        saving.step(qemu);
        assertThat(qemu.orders).containsExactly("pause", "resume");
        assertThat(recorder.events).containsExactly(MachineEvent.SAVE_FAILED);
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
    }

    @Test
    void a_guest_whose_disk_is_full_is_critical_and_tried_again_later() {
        control.wants(wish(PowerState.RUNNING, null));
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

    @Test
    void a_daemon_that_finds_the_pod_already_deleted_shuts_the_guest_down_in_order() {
        qemu.runState = "running";
        delete();
        control.wants(wish(PowerState.RUNNING, null));
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("powerDown");
        after(GRACE.minusSeconds(1));
        control.step(qemu);
        assertThat(qemu.orders).doesNotContain("quit");
        after(Duration.ofSeconds(1));
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
    }

    @Test
    void a_guest_whose_vm_object_is_gone_has_the_time_that_its_pod_was_granted() {
        qemu.runState = "running";
        delete();
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("powerDown");
        after(Duration.ofSeconds(67));
        control.step(qemu);
        assertThat(qemu.orders).doesNotContain("quit");
        after(Duration.ofSeconds(1));
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
    }

    @Test
    void a_new_daemon_ends_a_hypervisor_whose_memory_is_known_to_be_saved() {
        qemu.runState = "postmigrate";
        delete();
        control.wants(wish(PowerState.RUNNING, null));
        control.connected(qemu, told(VirtualMachineState.SAVED));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("quit");
        assertThat(last().state()).isEqualTo(VirtualMachineState.SAVED);
    }

    @Test
    void a_new_daemon_that_hears_later_that_the_memory_is_saved_ends_the_hypervisor_then() {
        qemu.runState = "postmigrate";
        control.wants(wish(PowerState.SAVED, null));
        control.connected(qemu, told(VirtualMachineState.SAVING));
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        control.statusIs(qemu, VirtualMachineState.SAVED);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("quit");
    }

    @Test
    void a_guest_whose_memory_was_sent_never_goes_on_while_nobody_can_look_for_the_file() {
        qemu.runState = "postmigrate";
        control.wants(wish(PowerState.SAVED, null));
        control.connected(qemu, told(VirtualMachineState.SAVING));
        control.step(qemu);
        delete();
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        after(GRACE);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("quit");
    }

    @Test
    void a_guest_that_an_earlier_daemon_stopped_to_save_it_goes_on_when_it_is_not_to_be_saved() {
        qemu.runState = "paused";
        control.wants(wish(PowerState.SAVED, null));
        control.connected(qemu, told(VirtualMachineState.SAVING));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
    }

    @Test
    void a_guest_that_is_paused_by_wish_stays_so_when_it_is_then_wanted_saved_and_cant_be() {
        qemu.runState = "paused";
        control.wants(wish(PowerState.PAUSED, null));
        control.connected(qemu, told(VirtualMachineState.RUNNING));
        control.step(qemu);
        control.wants(wish(PowerState.SAVED, null));
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
    }

    @Test
    void a_memory_of_a_guest_whose_disk_was_full_is_removed_before_it_goes_on() throws IOException {
        Path volume = Files.createDirectories(pods.resolve("pod/volumes/kubernetes.io~csi/pv-1/mount"));
        Files.writeString(volume.resolve("memory"), "QEVM and more");
        MachineControl resumed = control(new PodFacts("pod", false, Duration.ofSeconds(70), true));
        qemu.runState = "io-error";
        resumed.wants(wish(PowerState.RUNNING, null));
        resumed.connected(qemu, told(VirtualMachineState.RESUMING));
        resumed.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");
        assertThat(volume).isEmptyDirectory();
        assertThat(recorder.events).containsExactly(MachineEvent.RESUMED);
    }

    @Test
    void a_memory_that_cant_be_loaded_is_told_once_and_leaves_the_machine_critical() {
        MachineControl resumed = control(new PodFacts("pod", false, Duration.ofSeconds(70), true));
        qemu.runState = "inmigrate";
        qemu.transfer = Hypervisor.Transfer.FAILED;
        resumed.wants(wish(PowerState.RUNNING, null));
        resumed.connected(qemu, told(VirtualMachineState.RESUMING));
        resumed.step(qemu);
        resumed.step(qemu);
        assertThat(qemu.orders).isEmpty();
        assertThat(recorder.events).containsExactly(MachineEvent.RESUME_FAILED);
        assertThat(last().state()).isEqualTo(VirtualMachineState.CRITICAL);
    }

    @Test
    void a_reset_whose_outcome_is_unknown_is_not_done_again() {
        qemu.runState = "running";
        control.wants(wish(PowerState.RUNNING, null));
        control.connected(qemu, told(VirtualMachineState.RUNNING));
        control.wants(wish(PowerState.RUNNING, "tuesday"));
        qemu.breaks.add("reset");
        assertThatThrownBy(() -> control.step(qemu)).isInstanceOf(HypervisorLostException.class);
        control.connected(qemu, told(VirtualMachineState.RUNNING));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("reset");
        assertThat(last().resetAt()).isEqualTo("tuesday");
    }

    @Test
    void a_status_that_does_not_say_yet_what_was_done_resets_nothing_again() {
        qemu.runState = "running";
        control.wants(wish(PowerState.RUNNING, "tuesday"));
        control.connected(qemu, told(VirtualMachineState.RUNNING));
        control.step(qemu);
        control.connected(qemu, new MachineReport(VirtualMachineState.RUNNING, null, null, "monday", null));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("reset");
    }

    @Test
    void a_pause_that_takes_a_while_is_told() {
        qemu.runState = "running";
        control.wants(wish(PowerState.PAUSED, null));
        connect();
        control.step(qemu);
        assertThat(recorder.reports)
                .extracting(MachineReport::state)
                .containsExactly(VirtualMachineState.PAUSING, VirtualMachineState.PAUSED);
    }

    private static MachineReport told(VirtualMachineState state) {
        return new MachineReport(state, null, null, null, null);
    }

    @Test
    void a_machine_whose_firmware_finds_nothing_says_so_and_is_turned_off_without_being_asked() {
        control.wants(wish(PowerState.RUNNING, null));
        connect();
        control.step(qemu);
        qemu.console = NOTHING_BOOTS;
        control.step(qemu);
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
        assertThat(last().troubles()).singleElement().satisfies(trouble -> {
            assertThat(trouble.type()).isEqualTo("BootFailed");
            assertThat(trouble.message()).contains("no device has a loader", "restart it");
        });

        delete();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "quit");
    }

    @Test
    void a_machine_that_is_to_pause_after_a_boot_failure_stands_still_until_it_is_reset() {
        control.wants(new Wish(PowerState.RUNNING, GRACE, null, true, true, 1, 0, true, PATIENCE));
        connect();
        control.step(qemu);
        qemu.console = NOTHING_BOOTS;
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "pause");
        assertThat(last().state()).isEqualTo(VirtualMachineState.PAUSED);

        control.wants(new Wish(PowerState.RUNNING, GRACE, "monday", true, true, 1, 0, true, PATIENCE));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "pause", "reset", "resume");
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
        assertThat(last().troubles()).isEmpty();
    }

    @Test
    void a_boot_failure_that_an_earlier_daemon_saw_is_still_known() {
        Trouble told = new Trouble("BootFailed", "NothingBootable", "before");
        control.wants(wish(PowerState.RUNNING, null));
        qemu.runState = "running";
        control.connected(qemu, new MachineReport(VirtualMachineState.RUNNING, null, null, null, null, List.of(told)));
        control.step(qemu);
        assertThat(last().troubles()).containsExactly(told);
    }

    @Test
    void a_guest_whose_disk_stays_full_is_turned_off_after_its_time_and_it_is_said_why() {
        control.wants(wish(PowerState.RUNNING, null));
        qemu.runState = "io-error";
        connect();
        control.step(qemu);
        assertThat(last().state()).isEqualTo(VirtualMachineState.CRITICAL);
        assertThat(last().troubles()).extracting(Trouble::reason).containsExactly("DiskFull");

        after(PATIENCE);
        qemu.runState = "io-error";
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
        assertThat(recorder.events).contains(MachineEvent.CRITICAL_ERROR_TIMED_OUT);
        control.ended(false);
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
        assertThat(last().troubles()).extracting(Trouble::reason).containsExactly("TimedOut");
    }

    @Test
    void a_guest_that_goes_on_after_its_disk_was_full_is_well_again() {
        control.wants(wish(PowerState.RUNNING, null));
        qemu.runState = "io-error";
        connect();
        control.step(qemu);
        after(DiskErrors.RETRY);
        control.step(qemu);
        assertThat(last().troubles()).isEmpty();
        assertThat(last().state()).isEqualTo(VirtualMachineState.RUNNING);
    }

    @Test
    void processors_are_added_as_far_as_there_is_room_and_each_once() {
        for (int core = 1; core < 3; core++) {
            qemu.slots.add(new Hypervisor.ProcessorSlot("cpu", Map.of("core-id", core), false));
        }
        control.wants(wish(PowerState.RUNNING, null));
        connect();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume");

        control.wants(new Wish(PowerState.RUNNING, GRACE, null, true, false, 2, 0, true, PATIENCE));
        control.step(qemu);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "plug {core-id=1}");

        control.wants(new Wish(PowerState.RUNNING, GRACE, null, true, false, 8, 0, true, PATIENCE));
        control.step(qemu);
        assertThat(qemu.orders).endsWith("plug {core-id=2}");
    }

    private static Wish stopping(AutomaticStopAction action, @Nullable String restartedAt) {
        return new Wish(
                PowerState.RUNNING, GRACE, null, true, false, 1, 0, true, PATIENCE, action, restartedAt, Map.of());
    }

    private void runs(Wish wish, PodFacts pod) {
        control = control(pod);
        control.wants(wish);
        connect();
        control.step(qemu);
    }

    private static PodFacts keepingPlace(boolean deleting) {
        return new PodFacts(
                "pod", deleting, Duration.ofSeconds(70), false, true, 1, null, List.of(), 0, OwnAdapters.NONE);
    }

    @Test
    void a_hypervisor_that_ends_unasked_is_no_guest_that_shut_down_and_both_are_let_go() {
        runs(wish(PowerState.RUNNING, null), new PodFacts("pod", false, Duration.ofSeconds(70), false));
        assertThat(last().accelerator()).isNotNull();
        control.ended(false);
        assertThat(last().state()).isEqualTo(VirtualMachineState.CRITICAL);
        assertThat(last().accelerator()).isNull();
        control.ended(true);
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
        assertThat(last().accelerator()).isNull();
    }

    @Test
    void a_hypervisor_that_was_told_to_end_was_not_its_guests_crash() {
        runs(wish(PowerState.RUNNING, null), keepingPlace(false));
        delete();
        control.step(qemu);
        after(GRACE);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
        control.ended(false);
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
    }

    @Test
    void a_machine_whose_node_shuts_down_is_shut_down_though_nobody_deletes_its_pod() {
        runs(stopping(AutomaticStopAction.SHUT_DOWN, null), keepingPlace(false));
        control.podEnds();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
        assertThat(last().state()).isEqualTo(VirtualMachineState.STOPPING);
        after(GRACE);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("quit");
    }

    @Test
    void a_machine_that_is_to_be_turned_off_with_its_node_is_not_asked() {
        runs(stopping(AutomaticStopAction.TURN_OFF, null), keepingPlace(false));
        control.podEnds();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "quit");
        assertThat(recorder.events).containsExactly(MachineEvent.TURNED_OFF);
    }

    @Test
    void what_its_own_object_ends_is_shut_down_whatever_the_stop_action_is() {
        runs(stopping(AutomaticStopAction.TURN_OFF, "monday"), keepingPlace(false));
        control.podIs(keepingPlace(true));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
    }

    @Test
    void a_machine_that_is_to_be_saved_with_its_node_is_saved_to_its_own_pods_volume() throws IOException {
        Path volume = Files.createDirectories(pods.resolve("pod/volumes/kubernetes.io~csi/pvc-1/mount"));
        Files.createFile(volume.resolve("place-for-memory"));
        Files.createDirectories(pods.resolve("pod/volumes/kubernetes.io~empty-dir/runtime"));
        runs(stopping(AutomaticStopAction.SAVE, null), keepingPlace(false));
        control.podEnds();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "pause", "sendMemory");
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void a_machine_that_can_not_be_saved_with_its_node_is_shut_down_and_that_is_told() {
        runs(stopping(AutomaticStopAction.SAVE, null), new PodFacts("pod", false, Duration.ofSeconds(70), false));
        control.podEnds();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
        assertThat(recorder.events).containsExactly(MachineEvent.SAVE_NOT_POSSIBLE, MachineEvent.SHUTDOWN_REQUESTED);
    }

    @Test
    void a_machine_with_other_disks_than_at_its_start_is_not_saved_with_its_node() {
        runs(stopping(AutomaticStopAction.SAVE, null), keepingPlace(false));
        control.disksAreAsAtStart(false);
        control.podEnds();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("resume", "powerDown");
    }

    @Test
    void a_save_that_fails_while_the_node_shuts_down_becomes_a_shutdown() {
        runs(stopping(AutomaticStopAction.SAVE, null), keepingPlace(false));
        control.podEnds();
        control.step(qemu);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("powerDown");
        assertThat(recorder.events).startsWith(MachineEvent.SAVE_FAILED);
    }

    private static final long MIB = 1L << 20;

    private void wantsMemory(long mebibytes, boolean heard) {
        control.wants(new Wish(PowerState.RUNNING, GRACE, null, true, false, 1, mebibytes * MIB, heard, PATIENCE));
    }

    private void podHasMemory(long mebibytes) {
        control.podIs(new PodFacts("pod", false, Duration.ofSeconds(70), false, List.of(), mebibytes * MIB));
    }

    private void startsWithRoom(int rooms) {
        for (int i = 0; i < rooms; i++) {
            qemu.rooms.add(new Hypervisor.MemoryRoom("memory-" + i, 0, 0, 1024 * MIB));
        }
        podHasMemory(256);
        wantsMemory(256, true);
        connect();
        control.step(qemu);
        qemu.orders.clear();
    }

    @Test
    void memory_is_added_when_the_pod_has_it_and_told_as_the_guest_takes_it() {
        startsWithRoom(1);
        wantsMemory(512, true);
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();

        podHasMemory(400);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("request memory-0 144Mi");
        podHasMemory(600);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("request memory-0 256Mi");
        assertThat(last().memory()).isEqualTo(AssignedMemory.of(256 * MIB, 512 * MIB));

        qemu.takeMemory();
        control.step(qemu);
        assertThat(last().memory()).isEqualTo(AssignedMemory.of(512 * MIB, 512 * MIB));
        assertThat(qemu.orders).hasSize(2);
    }

    @Test
    void memory_is_taken_back_to_what_the_guest_started_with_and_no_further() {
        startsWithRoom(1);
        podHasMemory(600);
        wantsMemory(512, true);
        control.step(qemu);
        qemu.takeMemory();
        wantsMemory(128, false);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("request memory-0 0Mi");
    }

    @Test
    void a_pod_whose_limit_is_lowered_by_anyone_takes_memory_back() {
        startsWithRoom(1);
        podHasMemory(600);
        wantsMemory(512, true);
        control.step(qemu);
        podHasMemory(300);
        control.step(qemu);
        assertThat(qemu.orders).endsWith("request memory-0 44Mi");
    }

    @Test
    void no_memory_is_added_before_the_operator_has_heard_of_it() {
        startsWithRoom(1);
        podHasMemory(600);
        wantsMemory(512, false);
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        wantsMemory(512, true);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("request memory-0 256Mi");
    }

    @Test
    void each_numa_node_gets_its_share_of_memory() {
        startsWithRoom(2);
        podHasMemory(600);
        wantsMemory(262, true);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("request memory-0 4Mi", "request memory-1 2Mi");
    }

    @Test
    void a_guest_that_stands_still_is_not_asked() {
        startsWithRoom(1);
        control.wants(new Wish(PowerState.PAUSED, GRACE, null, true, false, 1, 512 * MIB, true, PATIENCE));
        podHasMemory(600);
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("pause");
        assertThat(last().memory()).isEqualTo(AssignedMemory.of(256 * MIB, 256 * MIB));
    }
}
