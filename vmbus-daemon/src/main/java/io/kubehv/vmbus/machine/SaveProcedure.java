package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.fault.SaveException;
import io.kubehv.vmbus.saving.MemorySave;
import io.kubehv.vmbus.saving.SavedMemory;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Saving one VM's memory: when it may begin, how far it is, and what follows when it fails. A save that fails leaves the
 * guest as it was; the next try comes later, or at once on another volume.
 */
final class SaveProcedure {
    /** Where QEMU sees the socket that the daemon listens at. */
    private static final String SOCKET_IN_POD = "/run/kubehv/save.sock";

    private static final Duration RETRY = Duration.ofMinutes(1);

    private final MachineFiles files;
    private final MachineOutlet outlet;
    private final Runnable wake;
    private final LongSupplier nanoTime;

    private @Nullable String savePod;
    private @Nullable MemorySave running;
    private @Nullable Long failedAt;
    private int failures;
    private boolean goOn;

    SaveProcedure(MachineFiles files, MachineOutlet outlet, Runnable wake, LongSupplier nanoTime) {
        this.files = files;
        this.outlet = outlet;
        this.wake = wake;
        this.nanoTime = nanoTime;
    }

    /** The UID of the running pod that has the volume to save to; null when there is none. */
    void savePodIs(@Nullable String uid) {
        if (uid != null && !uid.equals(savePod)) {
            failedAt = null;
        }
        savePod = uid;
    }

    boolean isPossible() {
        return running != null
                || (savePod != null && (failedAt == null || nanoTime.getAsLong() - failedAt >= RETRY.toNanos()));
    }

    boolean isRunning() {
        return running != null;
    }

    /** Whether the guest ran before a save that failed, and has not gone on since. */
    boolean mustGoOn() {
        return goOn;
    }

    void goesOn() {
        goOn = false;
    }

    /** Begins. The guest is stopped first, so that what is saved and what is on its disks belong together. */
    void begin(Hypervisor qemu, boolean guestRuns) {
        goOn = guestRuns;
        try {
            if (guestRuns) {
                qemu.pause();
            }
            running = MemorySave.begin(target(), files.ofMachine().saveSocket(), wake);
            qemu.sendMemory(SOCKET_IN_POD);
        } catch (SaveException | HypervisorRefusedException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    void cancel(Hypervisor qemu) {
        if (running != null) {
            running.abort();
            running = null;
        }
        qemu.cancelTransfer();
    }

    /** Looks how far it is. The phase is what QEMU's run state alone tells. */
    Phase observe(Hypervisor qemu, Phase phase) {
        if (running == null) {
            return afterwards(qemu, phase);
        }
        if (running.progress() == MemorySave.Progress.FAILED) {
            fail(running.failure());
            return Phase.BUSY;
        }
        return switch (qemu.transfer()) {
            case FAILED -> {
                fail("QEMU could not send it.");
                yield phase;
            }
            case COMPLETED -> completed(phase);
            case ACTIVE, NONE -> Phase.SAVING;
        };
    }

    private Phase completed(Phase phase) {
        MemorySave save = running;
        if (save == null || save.progress() == MemorySave.Progress.COPYING) {
            return Phase.SAVING;
        }
        try {
            save.commit();
            running = null;
            return Phase.SAVED;
        } catch (SaveException e) {
            fail(String.valueOf(e.getMessage()));
            return phase;
        }
    }

    /** Without a save of this life of the daemon's: there may be one of an earlier life's. */
    private Phase afterwards(Hypervisor qemu, Phase phase) {
        if (phase == Phase.PAUSED && qemu.transfer() == Hypervisor.Transfer.ACTIVE) {
            // Its socket went with the daemon's earlier life, so it fails by itself.
            return Phase.BUSY;
        }
        if (phase == Phase.MEMORY_SENT && savePod != null && target().exists()) {
            return Phase.SAVED;
        }
        return phase;
    }

    private SavedMemory target() {
        if (savePod == null) {
            throw new SaveException("there is no volume to save to");
        }
        return files.toSaveTo(savePod);
    }

    private void fail(String why) {
        if (running != null) {
            running.abort();
            running = null;
        }
        failedAt = nanoTime.getAsLong();
        failures++;
        outlet.happened(MachineEvent.SAVE_FAILED, savePod + "/" + failures, why);
    }
}
