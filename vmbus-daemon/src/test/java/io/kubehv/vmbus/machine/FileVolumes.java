package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots;
import io.kubehv.vmbus.fault.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Volumes that are files, named by their paths, and their states copies beside them: as the driver does it, but for reflinks. */
final class FileVolumes implements VolumeSnapshots {
    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();
    private final Set<String> reverted = ConcurrentHashMap.newKeySet();

    /** What was asked of it. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** What happens when the state of a volume is kept and that of the next is not. */
    volatile Runnable betweenVolumes = () -> {};

    /** What happens while states are kept. */
    volatile Runnable whileCutting = () -> {};

    /** A copy has no part that takes long. */
    @Override
    public void ahead(String name, List<String> volumes) {}

    @Override
    public Cut cut(String name, List<String> volumes, Duration limit) {
        calls.add("cut " + name);
        return cuts.computeIfAbsent(name, key -> {
            whileCutting.run();
            List<Snapshot> snapshots = new ArrayList<>();
            for (String volume : volumes) {
                if (!snapshots.isEmpty()) {
                    betweenVolumes.run();
                }
                Path kept = Path.of(volume + "." + name);
                copy(Path.of(volume), kept);
                snapshots.add(new Snapshot(volume, kept.toString(), null));
            }
            return new Cut(name, snapshots);
        });
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
