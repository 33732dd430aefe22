package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.Durations;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.guest.AgentLink;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/** A Production checkpoint's disks: the guest holds its file systems while they are kept, for ten seconds at most. */
record FrozenDisks(DiskCut disks, AgentLink agent, LongSupplier nanoTime) {
    /** As Hyper-V's: what a guest's programs bear, and Windows' own limit. */
    static final Duration LONGEST = Duration.ofSeconds(10);

    /** Of which as much is left for the thaw. */
    private static final Duration RESERVE = Duration.ofSeconds(1);

    /**
     * Takes it.
     *
     * @throws CheckpointException when it can't be: the guest goes on, and something may be left with the driver
     */
    CheckpointCapture take(CheckpointOrder order, Hypervisor qemu) {
        try {
            disks.prepare(qemu);
            return freeze(order, qemu);
        } finally {
            disks.end(qemu);
        }
    }

    private CheckpointCapture freeze(CheckpointOrder order, Hypervisor qemu) {
        long begin = nanoTime.getAsLong();
        Cut cut;
        Instant instant;
        long cutTime;
        try {
            int held = agent.freeze(LONGEST.minus(RESERVE));
            if (held == 0) {
                throw new CheckpointException(
                        "NothingFrozen",
                        "the guest has no file system that it can hold, so nothing makes its disks consistent");
            }
            long cutting = nanoTime.getAsLong();
            instant = Clock.systemUTC().instant();
            cut = keep(qemu, left(begin));
            cutTime = nanoTime.getAsLong() - cutting;
        } finally {
            agent.thaw();
        }
        long frozen = nanoTime.getAsLong() - begin;
        if (frozen > LONGEST.toNanos()) {
            throw new CheckpointException(
                    "FrozenTooLong",
                    "the guest's file systems were held for " + Durations.text(frozen)
                            + ", longer than programs in it may bear");
        }
        return new CheckpointCapture(
                Stage.COMPLETE,
                order.type(),
                null,
                null,
                instant.toString(),
                null,
                Durations.text(frozen),
                Durations.text(cutTime),
                null,
                null,
                cut.handle(),
                cut.snapshots(),
                null);
    }

    /**
     * While our own driver keeps its disks, the guest stands still as well: not all that it writes to is a file system that can
     * be held. Other drivers take too long for that.
     */
    private Cut keep(Hypervisor qemu, Duration limit) {
        qemu.pause();
        try {
            return disks.cut(qemu, limit, qemu::resume, limit);
        } finally {
            // Twice does no harm, and not at all would.
            qemu.resume();
        }
    }

    private Duration left(long begin) {
        Duration left = LONGEST.minus(RESERVE).minusNanos(nanoTime.getAsLong() - begin);
        if (left.isNegative() || left.isZero()) {
            throw new CheckpointException("FreezeFailed", "the guest took too long to hold its file systems");
        }
        return left;
    }
}
