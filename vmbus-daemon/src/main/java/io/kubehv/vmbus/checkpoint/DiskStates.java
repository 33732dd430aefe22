package io.kubehv.vmbus.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.vmbus.checkpoint.CheckpointOrder.Foreign;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.files.PodDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The states of all disks of a checkpoint, at one instant: our own driver is asked here, and of the others' volumes the
 * operator has VolumeSnapshots made while this waits, for as long as the guest can. Who waits needs nobody to go on: without
 * an answer in time the guest goes on, and the checkpoint fails. Thread-safe.
 */
public final class DiskStates {
    private final Path pods;
    private final VolumeSnapshots own;
    private final CheckpointOutlet outlet;
    /** By the checkpoints' UIDs: who waits for other drivers. */
    private final Map<String, Waiting> waiting = new HashMap<>();

    private record Waiting(CheckpointOrder order, CompletableFuture<List<Foreign>> last) {}

    /** @param pods the kubelet's directory of pods */
    public DiskStates(Path pods, VolumeSnapshots own, CheckpointOutlet outlet) {
        this.pods = pods;
        this.own = own;
        this.outlet = outlet;
    }

    /** What the API server has of a checkpoint now. */
    public void isTold(CheckpointOrder order) {
        Waiting asked = waiting(order);
        if (asked != null && order.foreign().stream().allMatch(Foreign::kept)) {
            asked.last().complete(order.foreign());
        }
    }

    private synchronized @Nullable Waiting waiting(CheckpointOrder order) {
        Waiting found = waiting.get(order.uid());
        return found != null && order.isSameAs(found.order()) ? found : null;
    }

    /** Has our own driver do ahead what takes long of a cut; as {@link VolumeSnapshots#ahead}. */
    public Collection<String> ahead(CheckpointOrder order, Map<String, List<WrittenRange>> written) {
        return order.volumes().isEmpty() ? List.of() : own.ahead(order.cutName(), order.volumes(), written);
    }

    /** The same of a VM that does not run, and of which nothing was copied ahead. */
    public Cut cut(CheckpointOrder order, Duration ours, Duration others) {
        return cut(order, Map.of(), ours, () -> {}, others);
    }

    /**
     * Keeps the states of all disks; nobody may write to them until it returns. All that is asked for has its end within the
     * longer of both limits, whoever answers or does not.
     *
     * @param written what was written to our own driver's volumes since they were copied ahead
     * @param ours how long our own driver may take
     * @param oursAreKept called when it has done so, before any other is asked
     * @param others how long all others may take
     * @return what our own driver keeps; its handle is null where it has none of the disks
     * @throws CheckpointException when one of them is not kept; {@link #remove} removes what may be
     */
    public Cut cut(
            CheckpointOrder order,
            Map<String, List<WrittenRange>> written,
            Duration ours,
            Runnable oursAreKept,
            Duration others) {
        long begin = System.nanoTime();
        Cut cut = cutOwn(order, written, ours);
        oursAreKept.run();
        if (!order.foreign().isEmpty()) {
            cutOthers(order, others.minusNanos(System.nanoTime() - begin), others);
        }
        return cut;
    }

    private void cutOthers(CheckpointOrder order, Duration left, Duration limit) {
        long begin = System.nanoTime();
        CompletableFuture<List<Foreign>> kept = new CompletableFuture<>();
        synchronized (this) {
            waiting.put(order.uid(), new Waiting(order, kept));
        }
        try {
            writeOut(order);
            outlet.tell(order, CheckpointCapture.of(Stage.CUTTING, order.type()), () -> {});
            await(order, kept, left.minusNanos(System.nanoTime() - begin), limit);
        } finally {
            synchronized (this) {
                waiting.remove(order.uid());
            }
        }
    }

    /**
     * Most other drivers keep what is on a block device, so that what the node has of its file system must be there. QEMU
     * has its own disks written out when a guest stops; the TPM beside it has not.
     */
    private void writeOut(CheckpointOrder order) {
        String pod = order.machinePodUid();
        if (pod == null) {
            return;
        }
        try {
            for (Path volume : new PodDirectory(pods, pod).volumes()) {
                try (Stream<Path> entries = Files.walk(volume)) {
                    entries.filter(entry -> Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS))
                            .forEach(DiskStates::force);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException("VolumeFailed", "a volume of the VM can't be written out: " + e, e);
        }
    }

    private static void force(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            // It was one for a moment only.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Cut cutOwn(CheckpointOrder order, Map<String, List<WrittenRange>> written, Duration limit) {
        return order.volumes().isEmpty()
                ? new Cut(null, List.of())
                : own.cut(order.cutName(), order.volumes(), written, limit);
    }

    private static void await(
            CheckpointOrder order, CompletableFuture<List<Foreign>> kept, Duration left, Duration limit) {
        try {
            var _ = kept.get(Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CheckpointException(
                    "DriverTooSlow",
                    "the guest could not be held any longer: within " + Durations.text(limit.toNanos())
                            + " not all disks of other CSI drivers were kept, of "
                            + String.join(
                                    ", ",
                                    order.foreign().stream()
                                            .map(Foreign::toString)
                                            .toList()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException("Interrupted", CheckpointOrder.INTERRUPTED, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody answers with a failure", e);
        }
    }

    /**
     * Removes what an attempt may have left with our own driver, whose outcome nobody knows; the operator removes the
     * VolumeSnapshots. Only the name is known, so it is asked for under that name once more, which makes it if it is not
     * there.
     *
     * @throws CheckpointException when the driver can't: then something may be left
     */
    public void remove(CheckpointOrder order) {
        if (order.volumes().isEmpty()) {
            return;
        }
        Cut cut = own.cut(order.cutName(), order.volumes(), VolumeSnapshots.UNHURRIED);
        delete(cut.handle(), cut.snapshots());
    }

    /** Deletes what our own driver keeps; a handle that is null is of nothing. */
    public void delete(@Nullable String handle, List<Snapshot> snapshots) {
        if (handle != null) {
            own.delete(handle, snapshots.stream().map(Snapshot::snapshotHandle).toList());
        }
    }

    /** Makes a volume of our own driver what it was; once a token. */
    public void revert(String volume, String snapshot, String token) {
        own.revert(volume, snapshot, token);
    }
}
