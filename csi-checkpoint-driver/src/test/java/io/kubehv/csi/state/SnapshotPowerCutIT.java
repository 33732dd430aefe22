package io.kubehv.csi.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.csi.linux.Reflink;
import io.kubehv.csi.linux.SparseFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut after each step of cutting and deleting snapshots and groups, and of a revert, and each such disk is
 * mounted again: what was acknowledged is there and whole, and of the rest nothing is or all.
 */
class SnapshotPowerCutIT {
    private static final long VOLUME_BYTES = 1L << 20;
    private static final int ROUNDS = Integer.getInteger("test.rounds", 12);

    @TempDir
    Path directory;

    private PowerCutPool pool;
    private VolumeStore volumes;
    private SnapshotStore snapshots;
    private VolumeRecord one;
    private VolumeRecord two;
    private final List<Cut> cuts = new ArrayList<>();
    private final Map<SnapshotId, String> promised = new HashMap<>();
    private Set<SnapshotId> underWay = Set.of();
    private Set<String> contentsOfOne = Set.of("round 0");

    /** A disk as it was, and what a caller had been told by then. */
    private record Cut(
            String moment,
            Path image,
            Map<SnapshotId, String> promised,
            Set<SnapshotId> underWay,
            Set<String> contentsOfOne) {}

    @BeforeEach
    void open() throws IOException {
        pool = new PowerCutPool(directory);
        volumes = VolumeStore.open(pool.root(), step -> cut("after " + step + " of a volume"));
        snapshots = SnapshotStore.open(pool.root(), sources -> {}, step -> cut("after " + step + " of a snapshot"));
        one = volume("one");
        two = volume("two");
        cuts.clear();
    }

    @AfterEach
    void close() throws IOException {
        pool.close();
    }

    @Test
    void what_was_acknowledged_is_there_and_whole_after_every_cut() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            String content = "round " + round;
            write(one, content);
            write(two, content);
            contentsOfOne = Set.of(content);
            SnapshotRecord single = cutOne("single " + round, content);
            List<SnapshotRecord> group = cutGroup("group " + round, content);
            if (round % 3 == 1) {
                delete(single.id());
                delete(group.getFirst().id());
            }
            if (round % 3 == 2) {
                deleteGroup(group);
                revert(single, "round " + round);
            }
        }

        assertThat(cuts).hasSizeGreaterThan(8 * ROUNDS);
        for (Cut cut : cuts) {
            check(cut);
        }
    }

    private SnapshotRecord cutOne(String name, String content) throws IOException {
        SnapshotRecord planned =
                SnapshotRecord.of(one, SnapshotId.of("node", name), name, "2026-01-01T00:00:00Z", null);
        underWay = Set.of(planned.id());
        try (SnapshotDraft draft = snapshots.draft(planned)) {
            copy(one, draft.image(planned));
            cut("after the data of a snapshot");
            draft.commit("2026-01-01T00:00:01Z");
        }
        promise(List.of(planned), content);
        return planned;
    }

    private List<SnapshotRecord> cutGroup(String name, String content) throws IOException {
        GroupId id = GroupId.of("node", name);
        GroupRecord group = new GroupRecord(id, name, List.of(one.id(), two.id()), "2026-01-01T00:00:00Z");
        List<SnapshotRecord> members = List.of(one, two).stream()
                .map(volume -> SnapshotRecord.of(
                        volume, SnapshotId.inGroup(id, volume.id()), name, "2026-01-01T00:00:00Z", id))
                .toList();
        underWay = members.stream().map(SnapshotRecord::id).collect(Collectors.toSet());
        try (SnapshotDraft draft = snapshots.draft(group, members)) {
            copy(one, draft.image(members.get(0)));
            cut("between the data of two members");
            copy(two, draft.image(members.get(1)));
            draft.commit("2026-01-01T00:00:01Z");
        }
        promise(members, content);
        return members;
    }

    private void promise(List<SnapshotRecord> done, String content) throws IOException {
        done.forEach(snapshot -> promised.put(snapshot.id(), content));
        underWay = Set.of();
        cut("after an answer");
    }

    private void delete(SnapshotId id) throws IOException {
        promised.remove(id);
        // A deletion may be lost with the power: the caller deletes again.
        underWay = Set.of(id);
        snapshots.delete(id);
        cut("after a deletion");
    }

    private void deleteGroup(List<SnapshotRecord> members) throws IOException {
        members.forEach(member -> promised.remove(member.id()));
        underWay = members.stream().map(SnapshotRecord::id).collect(Collectors.toSet());
        snapshots.delete(members.getFirst().group());
        cut("after a group's deletion");
    }

    private void revert(SnapshotRecord snapshot, String content) throws IOException {
        underWay = Set.of();
        write(one, "since");
        contentsOfOne = Set.of("since", content);
        volumes.replace(
                one.revertedBy(new VolumeRecord.Revert(content, snapshot.id())),
                files -> copy(snapshots.directory(snapshot).image(), files.image()));
        contentsOfOne = Set.of(content);
        cut("after a revert");
    }

    private void check(Cut cut) throws IOException {
        pool.afterwards(cut.image(), root -> {
            VolumeStore volumesThen = VolumeStore.open(root);
            SnapshotStore then = SnapshotStore.open(root, sources -> {});
            Set<SnapshotId> found = then.list().stream().map(SnapshotRecord::id).collect(Collectors.toSet());

            assertThat(found).as(cut.moment()).containsAll(cut.promised().keySet());
            Set<SnapshotId> more = new HashSet<>(found);
            more.removeAll(cut.promised().keySet());
            // Of what was not acknowledged, all is there or nothing.
            assertThat(more).as(cut.moment()).isIn(Set.of(), cut.underWay());
            for (SnapshotRecord snapshot : then.list()) {
                String content = read(then.directory(snapshot).image());
                assertThat(content).as(cut.moment()).isEqualTo(cut.promised().getOrDefault(snapshot.id(), content));
                assertThat(content).as(cut.moment()).startsWith("round");
            }
            VolumeRecord found1 = volumesThen.find(one.id()).orElseThrow();
            String content = read(volumesThen.directory(one.id()).image());
            assertThat(content).as(cut.moment()).isIn(cut.contentsOfOne());
            // A revert's token is there where its data is.
            if (cut.contentsOfOne().size() == 2) {
                assertThat(found1.reverts().stream()
                                .anyMatch(revert -> revert.token().equals(content)))
                        .as(cut.moment())
                        .isEqualTo(!content.equals("since"));
            }
            for (String folder : List.of("cutting", "creating", "deleting")) {
                assertThat(root.resolve(folder)).isEmptyDirectory();
            }
        });
    }

    private void cut(String moment) throws IOException {
        cuts.add(new Cut(moment, pool.cut(), Map.copyOf(promised), underWay, contentsOfOne));
    }

    private VolumeRecord volume(String name) throws IOException {
        VolumeRecord volume = TestVolumes.disk(name, VOLUME_BYTES);
        volumes.create(volume, files -> SparseFile.create(files.image(), VOLUME_BYTES));
        return volume;
    }

    private void write(VolumeRecord volume, String content) throws IOException {
        Path image = volumes.directory(volume.id()).image();
        byte[] bytes = new byte[64 * 1024];
        byte[] text = content.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 0, text.length);
        Files.write(image, bytes, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
    }

    private void copy(VolumeRecord volume, Path target) throws IOException {
        copy(volumes.directory(volume.id()).image(), target);
    }

    private static void copy(Path source, Path target) throws IOException {
        SparseFile.create(target, 0);
        Reflink.clone(source, target);
    }

    private static String read(Path image) throws IOException {
        try (var in = Files.newInputStream(image)) {
            return new String(in.readNBytes(32), StandardCharsets.UTF_8).replace("\0", "");
        }
    }
}
