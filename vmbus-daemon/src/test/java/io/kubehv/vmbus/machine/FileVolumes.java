package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots;
import io.kubehv.vmbus.fault.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Volumes that are files, named by their paths, and their states copies beside them: as the driver does it, but for reflinks.
 * What is copied ahead is brought up by what is told alone.
 */
final class FileVolumes implements VolumeSnapshots {
    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();
    private final Set<Path> begun = ConcurrentHashMap.newKeySet();
    private final Set<String> reverted = ConcurrentHashMap.newKeySet();

    /** What was asked of it. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** What happens when the state of a volume is kept and that of the next is not. */
    volatile Runnable betweenVolumes = () -> {};

    /** What happens while states are kept. */
    volatile Runnable whileCutting = () -> {};

    /** Where a copy differs from its volume when its state is kept. */
    final List<String> differences = new CopyOnWriteArrayList<>();

    /** Whether all volumes are worth to be copied ahead. */
    volatile boolean copiesAhead;

    /** What happens when a part of the work ahead is done, each once. */
    final Queue<Runnable> whileAhead = new ConcurrentLinkedQueue<>();

    @Override
    public Collection<String> ahead(String name, List<String> volumes, Map<String, List<WrittenRange>> written) {
        if (!copiesAhead) {
            return List.of();
        }
        calls.add("ahead " + name + (written.isEmpty() ? "" : " told"));
        volumes.forEach(volume -> bringUp(volume, name, written));
        Optional.ofNullable(whileAhead.poll()).ifPresent(Runnable::run);
        return volumes;
    }

    /** As a whole where it is new, or nobody has told what was written. */
    private Path bringUp(String volume, String name, Map<String, List<WrittenRange>> written) {
        Path kept = Path.of(volume + "." + name);
        List<WrittenRange> ranges = written.get(volume);
        if (begun.add(kept) || ranges == null) {
            copy(Path.of(volume), kept);
            return kept;
        }
        try (FileChannel from = FileChannel.open(Path.of(volume), StandardOpenOption.READ);
                FileChannel to = FileChannel.open(kept, StandardOpenOption.WRITE)) {
            for (WrittenRange range : ranges) {
                from.position(range.offset());
                for (long at = range.offset(); at < Math.min(range.end(), from.size()); ) {
                    at += to.transferFrom(from, at, Math.min(range.end(), from.size()) - at);
                }
            }
            return kept;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Cut cut(String name, List<String> volumes, Map<String, List<WrittenRange>> written, Duration limit) {
        calls.add("cut " + name);
        return cuts.computeIfAbsent(name, key -> {
            whileCutting.run();
            List<Snapshot> snapshots = new ArrayList<>();
            for (String volume : volumes) {
                if (!snapshots.isEmpty()) {
                    betweenVolumes.run();
                }
                Path kept = bringUp(volume, name, written);
                compare(Path.of(volume), kept);
                snapshots.add(new Snapshot(volume, kept.toString(), null));
            }
            return new Cut(name, snapshots);
        });
    }

    private void compare(Path volume, Path kept) {
        try {
            long mismatch = Files.mismatch(volume, kept);
            if (mismatch >= 0) {
                differences.add(volume.getFileName() + " at " + mismatch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) {
        try {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void delete(String handle, List<String> snapshots) {
        calls.add("delete " + handle);
        cuts.remove(handle);
        for (String snapshot : snapshots) {
            try {
                begun.remove(Path.of(snapshot));
                Files.deleteIfExists(Path.of(snapshot));
            } catch (IOException e) {
                throw new CheckpointException("DriverRefused", "can't delete " + snapshot, e);
            }
        }
    }

    @Override
    public void revert(String volume, String snapshot, String token) {
        calls.add("revert " + volume);
        if (reverted.add(token + " " + volume)) {
            copy(Path.of(snapshot), Path.of(volume));
        }
    }
}
