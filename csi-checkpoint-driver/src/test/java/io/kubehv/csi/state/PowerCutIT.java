package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The power is cut after each step of making, growing and deleting volumes, and each such disk is mounted again. */
class PowerCutIT {
    private static final long VOLUME_BYTES = 4L << 20;
    private static final int VOLUMES = 6;

    @TempDir
    Path directory;

    private PowerCutPool pool;
    private final List<Cut> cuts = new ArrayList<>();
    private final Map<VolumeId, Long> promised = new TreeMap<>();

    /** A disk as it was, the volumes with their sizes that a caller had been told of by then, and those under way. */
    private record Cut(String moment, Path image, Map<VolumeId, Long> promised, Set<VolumeId> possible) {}

    @BeforeEach
    void mount() throws IOException {
        pool = new PowerCutPool(directory);
    }

    @AfterEach
    void unmount() throws IOException {
        pool.close();
    }

    @Test
    void what_was_acknowledged_is_there_and_whole_after_every_cut() throws IOException {
        for (int i = 0; i < VOLUMES; i++) {
            create(volume(i));
        }
        VolumeStore store = VolumeStore.open(pool.root());
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
        VolumeStore store = VolumeStore.open(pool.root(), step -> cut("after " + step, Set.of(volume.id())));
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
        Set<VolumeId> possible = new TreeSet<>(promised.keySet());
        possible.addAll(underWay);
        cuts.add(new Cut(moment, pool.cut(), Map.copyOf(promised), possible));
    }

    private void check(Cut cut) throws IOException {
        pool.afterwards(cut.image(), root -> {
            VolumeStore store = VolumeStore.open(root);
            Map<VolumeId, Long> found =
                    store.list().stream().collect(Collectors.toMap(VolumeRecord::id, VolumeRecord::sizeBytes));

            assertThat(found).as(cut.moment()).containsAllEntriesOf(cut.promised());
            assertThat(cut.possible()).as(cut.moment()).containsAll(found.keySet());
            for (VolumeId id : found.keySet()) {
                assertThat(Files.readAllBytes(store.directory(id).image()))
                        .as(cut.moment())
                        .startsWith(content(id));
            }
            assertThat(root.resolve("creating")).isEmptyDirectory();
            assertThat(root.resolve("deleting")).isEmptyDirectory();
        });
    }

    private static byte[] content(VolumeId id) {
        return id.value().repeat(1000).getBytes(StandardCharsets.UTF_8);
    }

    private static VolumeRecord volume(int number) {
        return TestVolumes.disk("volume " + number, VOLUME_BYTES);
    }
}
