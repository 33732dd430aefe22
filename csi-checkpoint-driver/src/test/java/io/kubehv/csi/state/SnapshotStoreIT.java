package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cutting snapshots where the disk fails or the process ends. Needs root, as attributes of directories are looked at. */
class SnapshotStoreIT {
    private static final VolumeId ONE = VolumeId.of("node", "one");
    private static final VolumeId TWO = VolumeId.of("node", "two");
    private static final GroupId GROUP_ID = GroupId.of("node", "group");
    private static final GroupRecord GROUP =
            new GroupRecord(GROUP_ID, "group", List.of(ONE, TWO), "2026-01-01T00:00:00Z");
    private static final SnapshotRecord SINGLE = snapshot(SnapshotId.of("node", "single"), ONE, null);

    @TempDir
    Path pool;

    @Test
    void what_failed_at_any_step_is_not_there_and_can_be_made() throws IOException {
        Set<SnapshotStep> failing = EnumSet.allOf(SnapshotStep.class);
        SnapshotStore store = SnapshotStore.open(pool, sources -> {}, step -> {
            if (failing.remove(step)) {
                throw new IOException("the disk failed at " + step);
            }
        });

        for (SnapshotStep step : SnapshotStep.values()) {
            assertThatThrownBy(() -> make(store)).hasMessage("the disk failed at " + step);
            assertNothing(store);
        }
        failing.addAll(EnumSet.allOf(SnapshotStep.class));
        for (SnapshotStep step : SnapshotStep.values()) {
            assertThatThrownBy(() -> makeGroup(store)).hasMessage("the disk failed at " + step);
            assertNothing(store);
        }
        make(store);
        makeGroup(store);

        SnapshotStore later = SnapshotStore.open(pool, sources -> {});
        assertThat(later.list()).isEqualTo(store.list()).hasSize(3);
        assertThat(later.find(GROUP_ID)).isEqualTo(store.find(GROUP_ID)).isPresent();
    }

    private void assertNothing(SnapshotStore store) {
        assertThat(store.list()).isEmpty();
        assertThat(store.find(GROUP_ID)).isEmpty();
        for (String folder : List.of("snapshots", "cutting", "deleting")) {
            assertThat(pool.resolve(folder)).isEmptyDirectory();
        }
    }

    @Test
    void the_next_process_learns_whose_writers_may_be_waiting() throws IOException {
        SnapshotStore store = SnapshotStore.open(pool, sources -> {});
        // Not closed, as by a kill.
        SnapshotDraft single = store.draft(SINGLE);
        Files.createFile(single.image(SINGLE));
        List<VolumeId> told = new ArrayList<>();
        assertThat(SnapshotStore.open(pool, told::addAll).list()).isEmpty();
        assertThat(told).containsExactly(ONE);

        SnapshotDraft _ = store.draft(GROUP, members());
        told.clear();
        SnapshotStore later = SnapshotStore.open(pool, told::addAll);
        assertThat(told).containsExactlyInAnyOrder(ONE, TWO);
        assertNothing(later);
    }

    @Test
    void a_group_whose_end_was_cut_off_ends_when_the_store_is_opened() throws IOException {
        SnapshotStore store = SnapshotStore.open(pool, sources -> {});
        makeGroup(store);
        store.delete(members().get(0).id());
        // What a kill between the last member's end and the group's leaves.
        Path last = store.directory(members().get(1)).path();
        Files.delete(last.resolve("disk.img"));
        Files.delete(last.resolve("meta.json"));
        Files.delete(last);

        assertNothing(SnapshotStore.open(pool, sources -> {}));
    }

    private static void make(SnapshotStore store) throws IOException {
        try (SnapshotDraft draft = store.draft(SINGLE)) {
            Files.createFile(draft.image(SINGLE));
            draft.commit("2026-01-01T00:00:01Z");
        }
    }

    private static void makeGroup(SnapshotStore store) throws IOException {
        try (SnapshotDraft draft = store.draft(GROUP, members())) {
            for (SnapshotRecord member : members()) {
                Files.createFile(draft.image(member));
            }
            draft.commit("2026-01-01T00:00:01Z");
        }
    }

    private static List<SnapshotRecord> members() {
        return List.of(
                snapshot(SnapshotId.inGroup(GROUP_ID, ONE), ONE, GROUP_ID),
                snapshot(SnapshotId.inGroup(GROUP_ID, TWO), TWO, GROUP_ID));
    }

    private static SnapshotRecord snapshot(SnapshotId id, VolumeId source, GroupId group) {
        return new SnapshotRecord(
                id, "name", source, 4096, Contents.DISK, AccessType.MOUNT, null, "2026-01-01T00:00:00Z", group);
    }
}
