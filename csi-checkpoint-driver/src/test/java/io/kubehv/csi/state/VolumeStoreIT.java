package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.linux.SparseFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making a volume where the disk fails. Needs root, as the directory of a VM's disk is sealed. */
class VolumeStoreIT {
    private static final VolumeRecord VOLUME = TestVolumes.disk("volume", 1 << 20);

    @TempDir
    Path pool;

    @Test
    void a_volume_whose_making_failed_at_any_step_is_not_there_and_can_be_made() throws IOException {
        Set<CreationStep> failing = EnumSet.allOf(CreationStep.class);
        VolumeStore store = VolumeStore.open(pool, step -> {
            if (failing.remove(step)) {
                throw new IOException("the disk failed at " + step);
            }
        });

        for (CreationStep step : CreationStep.values()) {
            assertThatThrownBy(() -> create(store)).hasMessage("the disk failed at " + step);
            assertThat(store.find(VOLUME.id())).isEmpty();
            assertThat(pool.resolve("volumes")).isEmptyDirectory();
            assertThat(pool.resolve("creating")).isEmptyDirectory();
            assertThat(pool.resolve("deleting")).isEmptyDirectory();
        }
        create(store);

        assertThat(store.find(VOLUME.id())).contains(VOLUME);
        assertThat(VolumeStore.open(pool).list()).containsExactly(VOLUME);
        store.delete(VOLUME.id());
    }

    private static void create(VolumeStore store) throws IOException {
        store.create(VOLUME, files -> SparseFile.create(files.image(), VOLUME.sizeBytes()));
    }
}
