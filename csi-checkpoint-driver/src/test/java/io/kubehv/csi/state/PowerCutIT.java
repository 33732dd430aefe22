package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.Reflink;
import io.kubehv.csi.linux.SparseFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut after each step: the pool is a file on a file system with reflinks, so a clone of that file, taken
 * while the pool is mounted, is what a disk would hold at that moment. Each such disk is mounted again.
 */
class PowerCutIT {
    private static final long OUTER_BYTES = 2L << 30;
    private static final long POOL_BYTES = 512L << 20;
    private static final long VOLUME_BYTES = 4L << 20;
    private static final int VOLUMES = 6;

    @TempDir
    Path directory;

    private Path outer;
    private Path pool;
    private Path cutPool;
    private final List<Cut> cuts = new ArrayList<>();
    private final Map<VolumeId, Long> promised = new TreeMap<>();

    /** A disk as it was, the volumes with their sizes that a caller had been told of by then, and those under way. */
    private record Cut(String moment, Path image, Map<VolumeId, Long> promised, Set<VolumeId> possible) {}

    @BeforeEach
    void mount() throws IOException {
        outer = Files.createDirectory(directory.resolve("outer"));
        pool = Files.createDirectory(directory.resolve("pool"));
        cutPool = Files.createDirectory(directory.resolve("cut"));
        format(directory.resolve("outer.img"), OUTER_BYTES);
        mountAt(directory.resolve("outer.img"), outer);
        format(outer.resolve("pool.img"), POOL_BYTES);
        mountAt(outer.resolve("pool.img"), pool);
    }

    @AfterEach
    void unmount() throws IOException {
        Mounts.unmount(cutPool.toRealPath());
        Mounts.unmount(pool.toRealPath());
        Mounts.unmount(outer.toRealPath());
    }

    private static void format(Path image, long bytes) throws IOException {
        SparseFile.create(image, bytes);
        FileSystemType.XFS.format(image);
    }

    private static void mountAt(Path image, Path target) throws IOException {
        LoopDevices.attachWhileUsed(image, device -> Mounts.mount(device, target, FileSystemType.XFS, List.of()));
    }

    @Test
    void what_was_acknowledged_is_there_and_whole_after_every_cut() throws IOException {
        for (int i = 0; i < VOLUMES; i++) {
            create(volume(i));
        }
        VolumeStore store = VolumeStore.open(pool);
        for (int i = 0; i < VOLUMES; i += 2) {
            delete(store, volume(i));
        }
        expand(store, volume(1));

        assertThat(cuts).hasSizeGreaterThan(6 * VOLUMES);
        for (Cut cut : cuts) {
            check(cut);
        }
    }

    private void create(VolumeRecord volume) throws IOException {
        VolumeStore store = VolumeStore.open(pool, step -> cut("after " + step, Set.of(volume.id())));
        cut("before a creation", Set.of());
        store.create(volume, files -> {
            SparseFile.create(files.image(), VOLUME_BYTES);
            cut("before the data", Set.of(volume.id()));
            Files.write(files.image(), content(volume.id()), StandardOpenOption.WRITE);
            cut("after the data", Set.of(volume.id()));
        });
        promised.put(volume.id(), volume.sizeBytes());
        cut("after a creation", Set.of());
    }

    private void expand(VolumeStore store, VolumeRecord volume) throws IOException {
        store.update(volume.withSize(2 * VOLUME_BYTES));
        promised.put(volume.id(), 2 * VOLUME_BYTES);
        cut("after an expansion was promised", Set.of());
        SparseFile.resize(store.directory(volume.id()).image(), 2 * VOLUME_BYTES);
        cut("after an expansion", Set.of());
    }

    private void delete(VolumeStore store, VolumeRecord volume) throws IOException {
        promised.remove(volume.id());
        store.delete(volume.id());
        // A deletion may be lost with the power: the caller deletes again.
        cut("after a deletion", Set.of(volume.id()));
    }

    private void cut(String moment, Set<VolumeId> underWay) throws IOException {
        Path image = outer.resolve("cut-" + cuts.size());
        SparseFile.create(image, 0);
        Reflink.clone(outer.resolve("pool.img"), image);
        Set<VolumeId> possible = new TreeSet<>(promised.keySet());
        possible.addAll(underWay);
        cuts.add(new Cut(moment, image, Map.copyOf(promised), possible));
    }

    private void check(Cut cut) throws IOException {
        mountAt(cut.image(), cutPool);
        try {
            VolumeStore store = VolumeStore.open(cutPool);
            Map<VolumeId, Long> found =
                    store.list().stream().collect(Collectors.toMap(VolumeRecord::id, VolumeRecord::sizeBytes));

            assertThat(found).as(cut.moment()).containsAllEntriesOf(cut.promised());
            assertThat(cut.possible()).as(cut.moment()).containsAll(found.keySet());
            for (VolumeId id : found.keySet()) {
                assertThat(Files.readAllBytes(store.directory(id).image()))
                        .as(cut.moment())
                        .startsWith(content(id));
            }
            assertThat(cutPool.resolve("creating")).isEmptyDirectory();
            assertThat(cutPool.resolve("deleting")).isEmptyDirectory();
        } finally {
            Mounts.unmount(cutPool.toRealPath());
        }
    }

    private static byte[] content(VolumeId id) {
        return id.value().repeat(1000).getBytes(StandardCharsets.UTF_8);
    }

    private static VolumeRecord volume(int number) {
        String name = "volume " + number;
        return new VolumeRecord(
                VolumeId.of("node", name),
                name,
                VOLUME_BYTES,
                Contents.DISK,
                AccessType.MOUNT,
                null,
                null,
                "2026-01-01T00:00:00Z",
                Map.of());
    }
}
