package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointReversal;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;
import io.kubehv.vmbus.fault.CheckpointException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the API server says of this node's checkpoints to who does it: to the session of a VM that runs, and to the CSI
 * driver for what needs no guest. Thread-safe; nobody waits for the driver.
 */
public final class CheckpointDesk implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CheckpointDesk.class.getName());
    private static final long RETRY_SECONDS = 2;

    /** How often a VM's pod is looked for that has not come: a watch may be behind another. */
    private static final int LOOKS = 5;

    /** The VMs that run here. */
    public interface Machines {
        /** Gives the order to the session of its VM; false where no such pod is known. */
        boolean take(CheckpointOrder order);
    }

    private final DiskStates disks;
    private final CaptureWriter writer;
    private final Machines machines;
    private final Clock clock;
    private final ScheduledExecutorService work = Executors.newScheduledThreadPool(
            2, Thread.ofVirtual().name("checkpoint-desk-", 0).factory());
    /** By UID: what is asked last, as long as it is not done. */
    private final Map<String, Object> open = new HashMap<>();

    public CheckpointDesk(DiskStates disks, CaptureWriter writer, Machines machines, Clock clock) {
        this.disks = disks;
        this.writer = writer;
        this.machines = machines;
        this.clock = clock;
    }

    /** A checkpoint of this node's is there, or has changed. */
    public void checkpointIs(Checkpoint checkpoint) {
        CheckpointOrder.of(checkpoint)
                .ifPresentOrElse(
                        this::ordered, () -> forget(checkpoint.getMetadata().getUid()));
    }

    public void checkpointIsGone(Checkpoint checkpoint) {
        forget(checkpoint.getMetadata().getUid());
    }

    private synchronized void forget(String uid) {
        open.remove(uid);
    }

    private void ordered(CheckpointOrder order) {
        // Here, as who waits for it is busy with nothing else.
        disks.isTold(order);
        if (order.deleting()) {
            if (order.capture() == null || order.capture().stage() != Stage.DELETED) {
                begin(order.uid(), "delete " + order.cutName(), () -> delete(order));
            }
        } else if (order.machinePodUid() != null) {
            handOver(order, LOOKS);
        } else if (order.capture() == null) {
            begin(order.uid(), order.cutName(), () -> keepDisks(order));
        } else if (order.isUnderWay() && !isOurs(order)) {
            begin(
                    order.uid(),
                    "recover " + order.cutName(),
                    () -> giveUp(order, "Interrupted", CheckpointOrder.INTERRUPTED));
        }
    }

    /** Whether it is being taken in this life of the daemon. */
    private synchronized boolean isOurs(CheckpointOrder order) {
        return order.cutName().equals(open.get(order.uid()));
    }

    private void handOver(CheckpointOrder order, int looks) {
        if (machines.take(order)) {
            return;
        }
        boolean over = order.capture() != null && !order.isUnderWay();
        if (over) {
            return;
        }
        if (looks > 0) {
            var _ = work.schedule(() -> handOver(order, looks - 1), RETRY_SECONDS, TimeUnit.SECONDS);
        } else {
            begin(
                    order.uid(),
                    "recover " + order.cutName(),
                    () -> giveUp(
                            order,
                            "MachineEnded",
                            "the VM ended before it was taken; make a new Checkpoint when it runs"));
        }
    }

    /** Does it in the background until it is done or something else is asked for the same object. */
    private void begin(String uid, String what, Runnable step) {
        synchronized (this) {
            if (what.equals(open.put(uid, what))) {
                return;
            }
        }
        work.execute(() -> attempt(uid, what, step));
    }

    private void attempt(String uid, String what, Runnable step) {
        synchronized (this) {
            if (!what.equals(open.get(uid))) {
                return;
            }
        }
        try {
            step.run();
        } catch (RuntimeException e) {
            // Whatever it was: nobody else tries again.
            LOG.log(Level.WARNING, () -> what + ": tried again: " + e.getMessage());
            var _ = work.schedule(() -> attempt(uid, what, step), RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Of a VM that is off: there is no guest to be stopped. */
    private void keepDisks(CheckpointOrder order) {
        writer.tell(
                order,
                CheckpointCapture.of(Stage.STARTED, order.type()),
                () -> work.execute(() -> keepDisksNow(order)));
    }

    private void keepDisksNow(CheckpointOrder order) {
        try {
            long begin = System.nanoTime();
            Cut cut = disks.cut(order, VolumeSnapshots.UNHURRIED, VolumeSnapshots.UNHURRIED);
            String took = Durations.text(System.nanoTime() - begin);
            writer.tell(
                    order,
                    new CheckpointCapture(
                            Stage.COMPLETE,
                            order.type(),
                            null,
                            null,
                            clock.instant().toString(),
                            null,
                            null,
                            took,
                            null,
                            null,
                            cut.handle(),
                            cut.snapshots(),
                            null),
                    () -> {});
        } catch (CheckpointException e) {
            begin(order.uid(), "recover " + order.cutName(), () -> giveUp(order, e.reason(), e.getMessage()));
        }
    }

    private void giveUp(CheckpointOrder order, String reason, @Nullable String message) {
        disks.remove(order);
        writer.tell(
                order,
                CheckpointCapture.failed(order.type(), reason, Objects.requireNonNullElse(message, "")),
                () -> {});
    }

    private void delete(CheckpointOrder order) {
        CheckpointCapture capture = order.capture();
        if (capture != null && capture.groupSnapshotHandle() != null) {
            disks.delete(
                    capture.groupSnapshotHandle(),
                    Objects.requireNonNullElse(capture.snapshots(), List.<Snapshot>of()));
        } else if (order.isUnderWay()) {
            disks.remove(order);
        }
        writer.tell(
                order,
                capture == null ? CheckpointCapture.of(Stage.DELETED, order.type()) : capture.at(Stage.DELETED),
                () -> {});
    }

    /** A VM is to go back. */
    public void applyIs(CheckpointApply apply) {
        String uid = apply.getMetadata().getUid();
        CheckpointApplyStatus status = apply.getStatus();
        boolean asked = status != null && status.phase() == CheckpointApplyPhase.REVERTING;
        if (!asked) {
            forget(uid);
        } else if (status.reversal() == null
                || !Boolean.TRUE.equals(status.reversal().done())) {
            List<CheckpointDisk> ours = Objects.requireNonNullElse(status.disks(), List.<CheckpointDisk>of()).stream()
                    .filter(CheckpointDisk::ours)
                    .toList();
            begin(uid, "revert " + uid, () -> revert(apply, ours));
        }
    }

    public void applyIsGone(CheckpointApply apply) {
        forget(apply.getMetadata().getUid());
    }

    private void revert(CheckpointApply apply, List<CheckpointDisk> ours) {
        long begin = System.nanoTime();
        try {
            for (CheckpointDisk disk : ours) {
                disks.revert(
                        disk.volumeHandle(),
                        Objects.requireNonNull(disk.snapshotHandle()),
                        apply.getMetadata().getUid());
            }
        } catch (CheckpointException e) {
            writer.tell(apply, new CheckpointReversal(false, e.getMessage(), null));
            throw e;
        }
        writer.tell(apply, new CheckpointReversal(true, null, Durations.text(System.nanoTime() - begin)));
    }

    @Override
    public void close() {
        work.shutdownNow();
    }
}
