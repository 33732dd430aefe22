package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.saving.SavedMemory;
import io.kubehv.vmbus.status.MachineReport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saves to real directories. As root: files are given to QEMU's group. */
class SaveProcedureIT {
    private static final Duration GRACE = Duration.ofSeconds(60);

    @TempDir
    private Path pods;

    private final FakeHypervisor qemu = new FakeHypervisor();
    private final List<MachineEvent> events = new ArrayList<>();
    private final List<MachineReport> reports = new ArrayList<>();
    private SaveProcedure save;
    private MachineControl control;
    private Path volume;
    private Path socket;
    private long now;

    @BeforeEach
    void begin() throws IOException {
        volume = Files.createDirectories(pods.resolve("save-pod/volumes/kubernetes.io~csi/pv-1/mount"));
        socket = Files.createDirectories(pods.resolve("pod/volumes/kubernetes.io~empty-dir/runtime"))
                .resolve("save.sock");
        MachineOutlet outlet = new MachineOutlet() {
            @Override
            public void report(MachineReport report) {
                reports.add(report);
            }

            @Override
            public void happened(MachineEvent event, String occurrence, String detail) {
                events.add(event);
            }
        };
        MachineFiles files = new MachineFiles(pods, directory -> true, "pod");
        save = new SaveProcedure(files, outlet, () -> {}, () -> now);
        control = new MachineControl(
                new PodFacts("pod", false, Duration.ofSeconds(70), false),
                outlet,
                save,
                new ResumeProcedure(files, outlet),
                () -> false,
                () -> now);
        qemu.runState = "running";
        control.wants(new Wish(PowerState.SAVED, GRACE, null, false, false, 1, 0, true, GRACE));
        control.connected(qemu, MachineReport.of(null));
        save.savePodIs("save-pod");
    }

    @AfterEach
    void end() {
        save.abort();
    }

    /** What QEMU does when it is told to send. */
    private void send(String memory) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            if (!memory.isEmpty()) {
                channel.write(ByteBuffer.wrap(memory.getBytes(StandardCharsets.UTF_8)));
            }
        }
        qemu.runState = "postmigrate";
        qemu.transfer = Hypervisor.Transfer.COMPLETED;
    }

    private void stepUntilSaved() {
        await().until(() -> {
            control.step(qemu);
            return reports.getLast().state() == VirtualMachineState.SAVED;
        });
    }

    @Test
    void a_guest_that_was_told_as_saved_never_runs_on_though_its_save_pod_goes() throws IOException {
        control.step(qemu);
        send("QEVM whole");
        stepUntilSaved();
        save.savePodIs(null);
        control.step(qemu);
        control.podIs(new PodFacts("pod", true, Duration.ofSeconds(70), false));
        control.step(qemu);
        control.savedIsKnown();
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("pause", "sendMemory", "quit");
        assertThat(volume.resolve("memory")).hasContent("QEVM whole");
    }

    @Test
    void what_the_memory_is_of_lies_beside_it_and_goes_with_it() throws IOException {
        control.step(qemu);
        assertThat(volume.resolve("memory-of.json")).doesNotExist();
        send("QEVM whole");
        stepUntilSaved();

        assertThat(MachineFacts.fromJson(Files.readString(volume.resolve("memory-of.json"))))
                .isEqualTo(FakeHypervisor.FACTS);
        assertThat(Files.getAttribute(volume.resolve("memory-of.json"), "unix:gid"))
                .isEqualTo(107);
        new SavedMemory(volume).remove();
        assertThat(volume).isEmptyDirectory();
    }

    @Test
    void a_new_daemon_finds_the_whole_memory_of_an_earlier_one_when_the_save_pod_is_told() throws IOException {
        Files.writeString(volume.resolve("memory"), "QEVM whole");
        qemu.runState = "postmigrate";
        control.step(qemu);
        save.savePodIs(null);
        control.wants(new Wish(PowerState.RUNNING, GRACE, null, false, false, 1, 0, true, GRACE));
        control.step(qemu);
        assertThat(qemu.orders).isEmpty();
        assertThat(reports.getLast().state()).isEqualTo(VirtualMachineState.SAVED);
    }

    @Test
    void a_send_that_the_hypervisor_never_heard_of_fails_and_the_guest_goes_on() {
        qemu.deafToSend = true;
        qemu.breaks.add("sendMemory");
        try {
            control.step(qemu);
        } catch (RuntimeException lost) {
            assertThat(lost).hasMessageContaining("broke");
        }
        control.connected(qemu, MachineReport.of(null));
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("pause", "sendMemory", "resume");
        assertThat(events).containsExactly(MachineEvent.SAVE_FAILED);
        assertThat(reports.getLast().state()).isEqualTo(VirtualMachineState.RUNNING);
    }

    @Test
    void a_guest_that_was_stopped_by_a_try_before_goes_on_when_the_last_try_fails() throws IOException {
        qemu.breaks.add("pause");
        try {
            control.step(qemu);
        } catch (RuntimeException lost) {
            assertThat(lost).hasMessageContaining("broke");
        }
        control.connected(qemu, MachineReport.of(null));
        control.step(qemu);
        assertThat(socket).exists();
        qemu.runState = "paused";
        qemu.transfer = Hypervisor.Transfer.FAILED;
        control.step(qemu);
        assertThat(qemu.orders).containsExactly("pause", "sendMemory", "resume");
        assertThat(volume).isEmptyDirectory();
    }

    @Test
    void a_memory_that_was_sent_and_not_copied_lets_the_guest_go_on_and_leaves_no_file() throws IOException {
        control.step(qemu);
        Files.createFile(volume.resolve("memory.partial"));
        send("");
        await().until(() -> {
            control.step(qemu);
            return qemu.orders.contains("resume");
        });
        assertThat(volume).isEmptyDirectory();
    }

    @Test
    void an_aborted_save_leaves_no_listener_and_hangs_up_on_the_sender() throws IOException {
        control.step(qemu);
        try (SocketChannel sender = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            sender.connect(UnixDomainSocketAddress.of(socket));
            sender.write(ByteBuffer.wrap("QEVM".getBytes(StandardCharsets.UTF_8)));
            await().until(() -> Files.exists(volume.resolve("memory.partial")));
            save.abort();
            assertThat(sender.read(ByteBuffer.allocate(1))).isNegative();
        }
        assertThat(socket).doesNotExist();
        assertThat(volume).isEmptyDirectory();
    }
}
