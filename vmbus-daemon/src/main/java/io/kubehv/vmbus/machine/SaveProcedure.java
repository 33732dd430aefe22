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
    /** The VM's own pod has a volume for it, and there is no time to wait for a save pod. */
    private boolean inOwnPod;

    private @Nullable MemorySave running;
    private @Nullable Long failedAt;
    private int failures;
    private boolean goOn;
    /** The memory is whole in its file. That stays true whatever becomes of the save pod, as the guest stands still. */
    private boolean committed;
    /** Whether this life of the daemon has begun a save: what it left on the volume is known then. */
    private boolean begun;
    /** A file that could not be completed and may have its name all the same. */
    private @Nullable SavedMemory suspect;

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

    /** Whether the memory may go to the volume that the VM's own pod keeps for it. */
    void mayStayInPod(boolean may) {
        inOwnPod = may;
    }

    private boolean hasVolume() {
        return savePod != null || inOwnPod;
    }

    boolean isPossible() {
        return running != null
                || (hasVolume() && (failedAt == null || nanoTime.getAsLong() - failedAt >= RETRY.toNanos()));
    }

    /** Whether the guest ran before a save that failed, and has not gone on since. */
    boolean mustGoOn() {
        return goOn;
    }

    /** The guest ran before a save that an earlier life of the daemon began. */
    void guestRan() {
        goOn = true;
    }

    /** The guest is as it is wanted, so a failed save has nothing to restore. */
    void isOver() {
        goOn = false;
    }

    /** An earlier life of the daemon has completed the save, and the VM's status says so. */
    void wasCompleted() {
        committed = true;
        goOn = false;
    }

    /** Begins. The guest is stopped first, so that what is saved and what is on its disks belong together. */
    void begin(Hypervisor qemu, boolean guestRuns) {
        // Or: a try before this one has stopped it already.
        goOn |= guestRuns;
        try {
            if (guestRuns) {
                qemu.pause();
            }
            running = MemorySave.begin(
                    target(), qemu.liveMemory().facts(), files.ofMachine().saveSocket(), wake);
            begun = true;
            suspect = null;
            qemu.sendMemory(SOCKET_IN_POD);
        } catch (SaveException | HypervisorRefusedException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    void cancel(Hypervisor qemu) {
        abort();
        qemu.cancelTransfer();
    }

    /** Gives up a save that runs; what is whole stays. */
    void abort() {
        if (running != null) {
            running.abort();
            running = null;
        }
    }

    /** Whether {@link #discard} can see to it that no file stays which somebody could go on from. */
    boolean canDiscard() {
        return begun || hasVolume();
    }

    /**
     * Removes what was written. Before a guest goes on whose memory was sent: it would be an old one soon.
     *
     * @throws SaveException when that is impossible: the guest must not go on then
     */
    void discard() {
        if (suspect != null) {
            suspect.remove();
            suspect = null;
        } else if (!begun && hasVolume()) {
            target().remove();
        }
    }

    /** Looks how far it is. The phase is what QEMU's run state alone tells. */
    Phase observe(Hypervisor qemu, Phase phase) {
        if (committed && phase == Phase.MEMORY_SENT) {
            return Phase.SAVED;
        }
        MemorySave save = running;
        if (save == null) {
            return afterwards(qemu, phase);
        }
        if (save.progress() == MemorySave.Progress.FAILED) {
            fail(save.failure());
            return Phase.BUSY;
        }
        return switch (qemu.transfer()) {
            case FAILED -> {
                fail("QEMU could not send it.");
                yield phase;
            }
            case COMPLETED -> completed(save, phase);
            case ACTIVE -> Phase.SAVING;
            case NONE -> save.isConnected() ? Phase.SAVING : neverBegun(phase);
        };
    }

    /** The connection broke while QEMU was told to send, and it never heard it. */
    private Phase neverBegun(Phase phase) {
        fail("QEMU did not begin to send it.");
        return phase;
    }

    private Phase completed(MemorySave save, Phase phase) {
        if (save.progress() != MemorySave.Progress.COPIED) {
            // A guest whose memory was sent is in no such phase: what is completed is the save before this one.
            boolean another = phase == Phase.RUNNING || phase == Phase.PAUSED || phase == Phase.DISK_ERROR;
            return another && !save.isConnected() ? neverBegun(phase) : Phase.SAVING;
        }
        try {
            save.commit();
            running = null;
            wasCompleted();
            return Phase.SAVED;
        } catch (SaveException e) {
            suspect = save.target();
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
        if (phase == Phase.MEMORY_SENT && !begun && hasVolume() && target().exists()) {
            wasCompleted();
            return Phase.SAVED;
        }
        return phase;
    }

    private SavedMemory target() {
        if (!hasVolume()) {
            throw new SaveException("there is no volume to save to");
        }
        return savePod == null ? files.toSaveTo() : files.toSaveTo(savePod);
    }

    private void fail(String why) {
        abort();
        failedAt = nanoTime.getAsLong();
        failures++;
        outlet.happened(MachineEvent.SAVE_FAILED, savePod + "/" + failures, why);
    }
}
