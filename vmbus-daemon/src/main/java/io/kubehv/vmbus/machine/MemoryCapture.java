package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointMachine;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.qmp.model.MigrationStatus;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.Durations;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.saving.MemorySave;
import io.kubehv.vmbus.saving.SavedMemory;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A Standard checkpoint: memory, devices and disks of one instant. The guest stands still while the disks are kept, and for
 * what of its memory QEMU needs it to. Where QEMU can, the memory of that instant is sent afterwards, in the background;
 * else most of it before.
 */
final class MemoryCapture {
    private static final Logger LOG = System.getLogger(MemoryCapture.class.getName());
    private static final String SOCKET_IN_POD = "/run/kubehv/checkpoint.sock";
    private static final Duration CUT_LIMIT = Duration.ofSeconds(10);
    /** Other drivers are asked by way of the API server, and some of them are far. */
    private static final Duration OTHERS_LIMIT = Duration.ofSeconds(30);

    private static final Duration LONGEST_STANDSTILL = Duration.ofSeconds(60);

    /** How often the memory is gone through while the guest runs: what is left then changes too fast for it. */
    private static final long PASSES = 3;

    private final CheckpointOrder order;
    private final MemorySave save;
    private final DiskCut disks;
    private final LongSupplier nanoTime;
    private final MachineFacts facts;
    private final boolean background;
    private final boolean ran;

    private @Nullable Cut cut;
    private @Nullable Instant instant;
    private long cutTime;
    private long blackout;
    /** The guest stands still by our doing. */
    private boolean holds;

    private MemoryCapture(
            CheckpointOrder order,
            MemorySave save,
            DiskCut disks,
            LongSupplier nanoTime,
            MachineFacts facts,
            boolean background,
            boolean ran) {
        this.order = order;
        this.save = save;
        this.disks = disks;
        this.nanoTime = nanoTime;
        this.facts = facts;
        this.background = background;
        this.ran = ran;
    }

    /** Begins; when it returns, the memory is on its way. Whoever gets an exception has the guest as it was. */
    static MemoryCapture begin(
            CheckpointOrder order,
            SavedMemory target,
            Path socket,
            DiskCut disks,
            Runnable whenChanged,
            LongSupplier nanoTime,
            Hypervisor qemu) {
        LiveMemoryControl memory = qemu.liveMemory();
        MachineFacts facts = memory.facts();
        boolean ran = Phase.ofRunState(qemu.runState()) == Phase.RUNNING;
        boolean background = memory.prepareBackground();
        MemorySave save = MemorySave.begin(target, facts, socket, whenChanged);
        MemoryCapture capture = new MemoryCapture(order, save, disks, nanoTime, facts, background, ran);
        boolean begun = false;
        try {
            // Before it is sent: with nothing left to send, QEMU may stop the guest itself.
            disks.prepare(qemu);
            if (background) {
                capture.cutThenSend(qemu, memory);
            } else {
                memory.preparePrecopy();
                memory.send(SOCKET_IN_POD);
            }
            begun = true;
            return capture;
        } finally {
            if (!begun) {
                capture.abort(qemu);
            }
        }
    }

    boolean hasCut() {
        return cut != null;
    }

    private void cutThenSend(Hypervisor qemu, LiveMemoryControl memory) {
        long stopped = nanoTime.getAsLong();
        hold(qemu);
        keepDisks(qemu);
        memory.send(SOCKET_IN_POD);
        // QEMU says nothing when it has the guest's memory write-protected; but no page is sent before.
        while (true) {
            MigrationStatus progress = memory.progress();
            if (progress.phase() == MigrationStatus.Phase.FAILED) {
                throw failed(progress);
            }
            if (progress.pages() > 0 || progress.phase() == MigrationStatus.Phase.COMPLETED) {
                break;
            }
            requireTime(stopped);
        }
        goOn(qemu, stopped);
    }

    private void requireTime(long since) {
        if (nanoTime.getAsLong() - since > LONGEST_STANDSTILL.toNanos()) {
            throw new CheckpointException("TooSlow", "the guest would have stood still for too long");
        }
    }

    private void hold(Hypervisor qemu) {
        if (ran) {
            holds = true;
            qemu.pause();
        }
    }

    private void release(Hypervisor qemu) {
        if (ran) {
            qemu.resume();
            if (Phase.ofRunState(qemu.runState()) != Phase.RUNNING) {
                // Its sending thread put the machine back into the state in which it found it.
                qemu.resume();
            }
            holds = false;
        }
    }

    /** The guest has stood still since then. */
    private void goOn(Hypervisor qemu, long since) {
        release(qemu);
        blackout = ran ? nanoTime.getAsLong() - since : 0;
        disks.end(qemu);
    }

    private void keepDisks(Hypervisor qemu) {
        long begin = nanoTime.getAsLong();
        instant = Clock.systemUTC().instant();
        cut = disks.cut(qemu, CUT_LIMIT, () -> {}, OTHERS_LIMIT);
        cutTime = nanoTime.getAsLong() - begin;
    }

    /** Looks how far it is; present: it is whole. */
    Optional<CheckpointCapture> look(Hypervisor qemu) {
        if (cut == null) {
            precopy(qemu);
            return Optional.empty();
        }
        if (save.progress() == MemorySave.Progress.COPYING) {
            MigrationStatus progress = qemu.liveMemory().progress();
            if (progress.phase() == MigrationStatus.Phase.FAILED) {
                throw failed(progress);
            }
            return Optional.empty();
        }
        if (save.progress() == MemorySave.Progress.FAILED) {
            throw new CheckpointException("MemoryNotWritten", save.failure());
        }
        if (qemu.liveMemory().progress().phase() != MigrationStatus.Phase.COMPLETED) {
            // The stream's end may be seen before QEMU's word that it was sent whole.
            return Optional.empty();
        }
        save.commit();
        qemu.liveMemory().restore();
        return Optional.of(capture(Stage.COMPLETE, save.target().size()));
    }

    private void precopy(Hypervisor qemu) {
        MigrationStatus progress = qemu.liveMemory().progress();
        switch (progress.phase()) {
            case FAILED, CANCELLED -> throw failed(progress);
            case COMPLETED -> {
                // Nothing was left to send, so that it stopped the guest itself, just now.
                holds = ran;
                long seen = nanoTime.getAsLong()
                        - Duration.ofMillis(progress.downtimeMillis()).toNanos();
                keepDisks(qemu);
                goOn(qemu, seen);
            }
            case ACTIVE -> {
                if (progress.passes() >= PASSES) {
                    lastPass(qemu);
                }
            }
            case NONE -> {}
        }
    }

    private void lastPass(Hypervisor qemu) {
        // What was written since.
        disks.catchUp(qemu);
        long stopped = nanoTime.getAsLong();
        hold(qemu);
        while (true) {
            MigrationStatus progress = qemu.liveMemory().progress();
            if (progress.phase() == MigrationStatus.Phase.COMPLETED) {
                break;
            }
            if (progress.phase() != MigrationStatus.Phase.ACTIVE) {
                throw failed(progress);
            }
            requireTime(stopped);
        }
        keepDisks(qemu);
        goOn(qemu, stopped);
    }

    private CheckpointException failed(MigrationStatus progress) {
        String volume = save.failure().isEmpty() ? "" : " " + save.failure();
        return new CheckpointException(
                "MemoryNotWritten", "QEMU could not send the memory: " + progress.errorDescription() + "." + volume);
    }

    /** What is known by now. */
    CheckpointCapture soFar() {
        return capture(Stage.SAVING_MEMORY, null);
    }

    private CheckpointCapture capture(Stage stage, @Nullable Long size) {
        Cut kept = cut;
        return new CheckpointCapture(
                stage,
                order.type(),
                null,
                null,
                instant == null ? null : instant.toString(),
                Durations.text(blackout),
                null,
                Durations.text(cutTime),
                background ? "Background" : "Precopy",
                size,
                kept == null ? null : kept.handle(),
                kept == null ? null : kept.snapshots(),
                machine());
    }

    private CheckpointMachine machine() {
        io.kubehv.hv.machine.Accelerator runs = facts.accelerator();
        return new CheckpointMachine(
                facts.qemuVersion(),
                facts.machineType(),
                facts.cpuModel(),
                runs == null ? null : Accelerator.valueOf(runs.name()));
    }

    /** Gives up: the guest goes on, and nothing of its memory stays. The disks that were kept are the caller's. */
    void abort(Hypervisor qemu) {
        try {
            qemu.cancelTransfer();
        } catch (HypervisorRefusedException e) {
            LOG.log(Level.DEBUG, () -> order + ": nothing to cancel", e);
        }
        abandon();
        if (holds) {
            release(qemu);
        }
        disks.end(qemu);
    }

    /** Gives up without QEMU. */
    void abandon() {
        save.abort();
    }
}
