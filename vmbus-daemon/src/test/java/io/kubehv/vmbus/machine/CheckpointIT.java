package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ForeignDisk;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.agent.GuestAgent;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.fault.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of a real guest in a real QEMU; the disks are kept as copies, where the driver has reflinks. */
class CheckpointIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Pattern COUNT = Pattern.compile("count (\\d+)");
    private static final String COUNTER =
            "i=0; while :; do i=$((i+1)); echo \"count $i\" > /dev/ttyS0; sleep 0.1; done";

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;
    private Path disk;
    private Path memoryVolume;

    @BeforeEach
    void begin() throws Exception {
        disk = TestMachine.tinyDisk(root);
        session = new SessionHarness(root, "u1", false);
        machine = new TestMachine(session.pods, "u1", root);
        memoryVolume = session.volumeOf("checkpoint-pod");
        machine.startGuest(disk);
        session.awaitGuest(machine);
    }

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    private CheckpointOrder order(CheckpointType type, @Nullable CheckpointCapture capture) {
        boolean withMemory = type == CheckpointType.STANDARD;
        return new CheckpointOrder(
                "shop",
                "before",
                "uid-1",
                "u1",
                type,
                withMemory,
                withMemory ? "checkpoint-pod" : null,
                List.of(new CheckpointDisk("root", "web-root", disk.toString(), null, null)),
                false,
                capture);
    }

    private CheckpointCapture awaitStage(Stage stage) {
        await().atMost(SOON).until(() -> session.captures.stream().anyMatch(capture -> capture.stage() == stage));
        return session.captures.getLast();
    }

    private static long lastCount(TestMachine of) throws IOException {
        return counts(of).stream().reduce((one, other) -> other).orElse(0L);
    }

    private static List<Long> counts(TestMachine of) throws IOException {
        Matcher found = COUNT.matcher(of.console());
        return found.results().map(result -> Long.valueOf(result.group(1))).toList();
    }

    @Test
    void a_guest_goes_on_from_a_standard_checkpoint_with_what_it_had_in_memory_and_on_its_disk() throws Exception {
        machine.inGuest("echo early > /data/file; sync; " + COUNTER);
        await().atMost(SOON).until(() -> lastCount(machine) > 5);

        session.checkpoint(order(CheckpointType.STANDARD, null));
        CheckpointCapture whole = awaitStage(Stage.COMPLETE);
        long then = lastCount(machine);
        await().atMost(SOON).until(() -> lastCount(machine) > then + 5);

        assertThat(session.captures)
                .extracting(CheckpointCapture::stage)
                .containsExactly(Stage.STARTED, Stage.SAVING_MEMORY, Stage.COMPLETE);
        assertThat(whole.blackout()).endsWith("ms");
        assertThat(whole.memorySize()).isGreaterThan(10L << 20);
        assertThat(whole.machine().machineType()).startsWith("pc-q35-");
        assertThat(whole.machine().accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(session.isIn(VirtualMachineState.RUNNING)).isTrue();
        machine.close();
        session.close();

        Path kept = Path.of(whole.snapshots().stream()
                .map(Snapshot::snapshotHandle)
                .findFirst()
                .orElseThrow());
        Files.copy(kept, disk, StandardCopyOption.REPLACE_EXISTING);
        machine = new TestMachine(session.pods, "u2", root).startResuming(disk, memoryVolume);
        var _ = goOn(machine);
        await().atMost(SOON).until(() -> !counts(machine).isEmpty());

        assertThat(counts(machine).getFirst()).isBetween(2L, then + 1);
    }

    @Test
    void a_guest_sees_that_its_time_went_back_and_nothing_when_it_only_goes_on() throws Exception {
        session.checkpoint(order(CheckpointType.STANDARD, null));
        Path kept = Path.of(awaitStage(Stage.COMPLETE).snapshots().getFirst().snapshotHandle());
        machine.close();
        session.close();
        Files.copy(kept, disk, StandardCopyOption.REPLACE_EXISTING);

        machine = new TestMachine(session.pods, "u2", root).startResuming(disk, memoryVolume);
        assertThat(goOn(machine)).isEqualTo(TestMachine.GENERATION);
        assertThat(forks()).isEqualTo("0");
        machine.close();
        Files.copy(kept, disk, StandardCopyOption.REPLACE_EXISTING);

        String next = "8b1d5e1c-6d0f-4a7e-9a64-0d3d3f2b7a10";
        machine = new TestMachine(session.pods, "u3", root).startResuming(disk, memoryVolume, next);
        assertThat(goOn(machine)).isEqualTo(next);
        await().atMost(SOON).until(() -> !forks().equals("0"));
    }

    /** How often the guest's kernel has heard that it is a fork of what it was. */
    private String forks() throws Exception {
        String mark = "forks-" + System.nanoTime() + " ";
        machine.inGuest("echo \"" + mark + "$(dmesg | grep -c 'virtual machine fork')\" > /dev/ttyS0");
        await().atMost(SOON).until(() -> machine.console().matches("(?s).*" + mark + "\\d+\\s.*"));
        return machine.console().replaceFirst("(?s).*" + mark + "(\\d+)\\s.*", "$1");
    }

    /**
     * The daemon's own way takes a QEMU that reads files.
     *
     * @return the generation that the guest sees
     */
    private static String goOn(TestMachine resumed) throws Exception {
        await().atMost(SOON).until(() -> Files.exists(resumed.monitor()));
        try (QmpClient client = new QmpClient(resumed.monitor(), 1 << 20, QmpListener.NOBODY)) {
            var _ = client.connect(ANSWER);
            var _ = client.execute(
                    "migrate-incoming", Map.of("uri", "exec:cat /var/lib/kubehv/saved-state/memory"), ANSWER);
            await().atMost(SOON)
                    .until(() -> "paused"
                            .equals(client.execute("query-status", Map.of(), ANSWER)
                                    .path("status")
                                    .asText()));
            var _ = client.execute("cont", Map.of(), ANSWER);
            return client.execute("query-vm-generation-id", Map.of(), ANSWER)
                    .path("guid")
                    .asText();
        }
    }

    @Test
    void a_production_checkpoint_freezes_the_guest_once_and_thaws_it() throws Exception {
        session.checkpoint(order(CheckpointType.PRODUCTION, null));
        CheckpointCapture whole = awaitStage(Stage.COMPLETE);

        assertThat(new GuestAgent(machine.agent()).isFrozen(ANSWER)).isFalse();
        assertThat(whole.frozenTime()).endsWith("ms");
        assertThat(whole.blackout()).isNull();
        assertThat(session.volumes.calls).containsExactly("cut checkpoint-uid-1-production");
    }

    @Test
    void a_guest_can_do_nothing_while_a_production_checkpoint_keeps_its_disks() throws Exception {
        AtomicReference<String> state = new AtomicReference<>();
        session.volumes.whileCutting = () -> {
            try {
                new GuestAgent(machine.agent()).isFrozen(Duration.ofSeconds(2));
                state.set("answers");
            } catch (QmpException e) {
                state.set("stands still");
            }
        };

        session.checkpoint(order(CheckpointType.PRODUCTION, null));
        var _ = awaitStage(Stage.COMPLETE);

        assertThat(state).hasValue("stands still");
    }

    /** The same, with a disk that another CSI driver has. */
    private static CheckpointOrder with(CheckpointOrder order, boolean kept) {
        return new CheckpointOrder(
                order.namespace(),
                order.name(),
                order.uid(),
                order.machinePodUid(),
                order.type(),
                order.withMemory(),
                order.memoryPodUid(),
                List.of(
                        order.disks().getFirst(),
                        new CheckpointDisk("data", "web-data", "42", null, null)
                                .with(new ForeignDisk(
                                        "other.example", "gold", kept ? "2026-01-01T00:00:00Z" : null, null))),
                false,
                order.capture());
    }

    @Test
    void a_guest_is_held_until_another_driver_has_its_disk_too_and_then_goes_on() throws Exception {
        AtomicBoolean frozen = new AtomicBoolean();
        session.whenOthersAreToCut = order -> {
            try {
                frozen.set(new GuestAgent(machine.agent()).isFrozen(ANSWER));
            } catch (QmpException e) {
                throw new IllegalStateException(e);
            }
            session.disks.isTold(with(order, true));
        };

        session.checkpoint(with(order(CheckpointType.PRODUCTION, null), false));
        CheckpointCapture whole = awaitStage(Stage.COMPLETE);

        assertThat(frozen).isTrue();
        assertThat(new GuestAgent(machine.agent()).isFrozen(ANSWER)).isFalse();
        assertThat(whole.snapshots()).hasSize(1);
        assertThat(session.captures)
                .extracting(CheckpointCapture::stage)
                .containsExactly(Stage.STARTED, Stage.CUTTING, Stage.COMPLETE);
    }

    @Test
    void a_guest_stands_still_until_another_driver_has_its_disk_and_its_memory_is_of_that_instant() throws Exception {
        machine.inGuest(COUNTER);
        await().atMost(SOON).until(() -> lastCount(machine) > 5);
        AtomicLong first = new AtomicLong();
        AtomicLong last = new AtomicLong();
        session.whenOthersAreToCut = order -> {
            try {
                first.set(lastCount(machine));
                long until = System.nanoTime() + Duration.ofSeconds(1).toNanos();
                await().pollDelay(Duration.ofMillis(50)).until(() -> System.nanoTime() > until);
                last.set(lastCount(machine));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            session.disks.isTold(with(order, true));
        };

        session.checkpoint(with(order(CheckpointType.STANDARD, null), false));
        CheckpointCapture whole = awaitStage(Stage.COMPLETE);

        // What was written before may still be on its way through the console's file.
        assertThat(last.get() - first.get()).isLessThanOrEqualTo(1);
        assertThat(Long.parseLong(whole.blackout().replace("ms", ""))).isGreaterThanOrEqualTo(1000);
        long then = lastCount(machine);
        await().atMost(SOON).until(() -> lastCount(machine) > then + 5);
    }

    @Test
    void a_guest_whose_other_driver_does_not_answer_is_thawed_in_time_and_nothing_is_kept() throws Exception {
        session.checkpoint(with(order(CheckpointType.PRODUCTION, null), false));
        await().atMost(SOON).until(() -> new GuestAgent(machine.agent()).isFrozen(ANSWER));
        long frozen = System.nanoTime();
        await().atMost(SOON).until(() -> !new GuestAgent(machine.agent()).isFrozen(ANSWER));
        Duration held = Duration.ofNanos(System.nanoTime() - frozen);
        CheckpointCapture failed = awaitStage(Stage.FAILED);

        assertThat(held).isLessThan(Duration.ofSeconds(10));
        assertThat(failed.reason()).isEqualTo("DriverTooSlow");
        assertThat(failed.message()).contains("data (other.example)");
        assertThat(session.volumes.calls).contains("delete checkpoint-uid-1-production");
    }

    @Test
    void a_guest_that_stood_still_for_another_driver_when_the_daemon_died_goes_on() throws Exception {
        machine.inGuest(COUNTER);
        await().atMost(SOON).until(() -> lastCount(machine) > 5);
        session.checkpoint(with(order(CheckpointType.STANDARD, null), false));
        awaitStage(Stage.CUTTING);

        session.restartDaemon();
        session.checkpoint(with(
                order(CheckpointType.STANDARD, CheckpointCapture.of(Stage.CUTTING, CheckpointType.STANDARD)), false));
        // The daemon's earlier life, which here goes on for a while, may speak first.
        await().atMost(SOON)
                .until(() -> "Interrupted".equals(session.captures.getLast().reason()));
        long then = lastCount(machine);
        await().atMost(SOON).until(() -> lastCount(machine) > then + 5);
    }

    @Test
    void what_can_not_be_kept_leaves_nothing_and_a_guest_that_runs() throws Exception {
        session.volumes.whileCutting = () -> {
            throw new CheckpointException("DriverOutOfSpace", "the pool is full");
        };

        session.checkpoint(order(CheckpointType.PRODUCTION, null));
        await().atMost(SOON).until(() -> session.volumes.calls.size() > 1);
        session.volumes.whileCutting = () -> {};
        CheckpointCapture failed = awaitStage(Stage.FAILED);
        machine.inGuest("echo thawed > /data/file && sync && echo thawed > /dev/ttyS0");

        assertThat(failed.message()).contains("pool is full");
        assertThat(session.volumes.calls).contains("delete checkpoint-uid-1-production");
        await().atMost(SOON).until(() -> machine.console().contains("thawed"));
    }

    @Test
    void a_guest_that_an_earlier_life_of_the_daemon_left_frozen_is_thawed() throws Exception {
        int held = new GuestAgent(machine.agent()).freeze(ANSWER);
        assertThat(held).isPositive();

        session.restartDaemon();
        session.checkpoint(
                order(CheckpointType.PRODUCTION, CheckpointCapture.of(Stage.STARTED, CheckpointType.PRODUCTION)));
        CheckpointCapture failed = awaitStage(Stage.FAILED);

        assertThat(failed.reason()).isEqualTo("Interrupted");
        await().atMost(SOON).until(() -> !new GuestAgent(machine.agent()).isFrozen(ANSWER));
        assertThat(session.volumes.calls).contains("delete checkpoint-uid-1-production");
    }
}
