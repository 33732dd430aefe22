package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.block;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.DriverFixture.restoreOf;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kubehv.csi.linux.FrozenFileSystem;
import io.kubehv.csi.proto.CreateSnapshotRequest;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.GetSnapshotRequest;
import io.kubehv.csi.proto.ListSnapshotsRequest;
import io.kubehv.csi.proto.ListSnapshotsResponse;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Topology;
import io.kubehv.csi.proto.TopologyRequirement;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.state.SnapshotDraft;
import io.kubehv.csi.state.SnapshotId;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Snapshots and what is made of them, on a real XFS and over the real socket. */
class SnapshotsIT extends WithDriver {
    private static final int DATA_BYTES = (int) (8 * MEBIBYTE);

    @Test
    void a_snapshot_is_what_the_volume_was_whatever_happens_to_the_volume() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        write(volume, 1);
        long before = free();

        Snapshot snapshot = driver.snapshot("first", volume);

        assertThat(before - free()).isLessThan(MEBIBYTE);
        assertThat(snapshot.getReadyToUse()).isTrue();
        assertThat(snapshot.getSizeBytes()).isEqualTo(16 * MEBIBYTE);
        assertThat(snapshot.getSourceVolumeId()).isEqualTo(volume.getVolumeId());
        write(volume, 2);
        assertThat(data(driver.image(snapshot))).isEqualTo(random(1));
        assertThat(data(driver.image(volume))).isEqualTo(random(2));
        driver.delete(volume);
        driver.restart();
        assertThat(data(driver.image(snapshot))).isEqualTo(random(1));
        Volume restored =
                driver.create(diskRequest("restored", 32 * MEBIBYTE).setVolumeContentSource(restoreOf(snapshot)));
        assertThat(data(driver.image(restored))).isEqualTo(random(1));
        assertThat(Files.size(driver.image(restored))).isEqualTo(32 * MEBIBYTE);
    }

    @Test
    void a_snapshot_is_cut_once_however_often_it_is_asked_for() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Volume other = driver.create(diskRequest("other", 16 * MEBIBYTE));
        write(volume, 1);
        Snapshot first = driver.snapshot("checkpoint-1", volume);
        write(volume, 2);

        assertThat(driver.snapshot("checkpoint-1", volume)).isEqualTo(first);
        driver.restart();
        assertThat(driver.snapshot("checkpoint-1", volume)).isEqualTo(first);
        assertThat(data(driver.image(first))).isEqualTo(random(1));
        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.snapshot("checkpoint-1", other));
        // The answer is the first one's also where the volume is gone by now.
        driver.delete(volume);
        assertThat(driver.snapshot("checkpoint-1", volume)).isEqualTo(first);
    }

    @Test
    void snapshots_do_not_know_of_each_other() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        List<Snapshot> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            write(volume, i);
            all.add(driver.snapshot("number " + i, volume));
        }

        driver.delete(all.get(1));
        driver.delete(all.get(1));

        assertThat(data(driver.image(all.get(0)))).isEqualTo(random(0));
        assertThat(data(driver.image(all.get(2)))).isEqualTo(random(2));
        assertThat(list(ListSnapshotsRequest.getDefaultInstance())).containsExactlyInAnyOrder(all.get(0), all.get(2));
        driver.restart();
        assertThat(list(ListSnapshotsRequest.getDefaultInstance())).containsExactlyInAnyOrder(all.get(0), all.get(2));
        driver.delete(all.get(0));
        driver.delete(all.get(2));
        for (String folder : List.of("snapshots", "cutting", "deleting")) {
            assertThat(driver.pool().resolve(folder)).isEmptyDirectory();
        }
    }

    @Test
    void a_listing_has_pages_and_can_be_of_one_volume_or_one_snapshot() {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Volume other = driver.create(diskRequest("other", 16 * MEBIBYTE));
        List<Snapshot> ofVolume = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ofVolume.add(driver.snapshot("number " + i, volume));
        }
        Snapshot ofOther = driver.snapshot("other", other);

        List<Snapshot> paged = new ArrayList<>();
        ListSnapshotsRequest.Builder page =
                ListSnapshotsRequest.newBuilder().setMaxEntries(2).setSourceVolumeId(volume.getVolumeId());
        do {
            ListSnapshotsResponse answer = driver.controller().listSnapshots(page.build());
            answer.getEntriesList().forEach(entry -> paged.add(entry.getSnapshot()));
            page.setStartingToken(answer.getNextToken());
        } while (!page.getStartingToken().isEmpty());

        assertThat(paged).containsExactlyInAnyOrderElementsOf(ofVolume);
        String id = ofOther.getSnapshotId();
        assertThat(list(ListSnapshotsRequest.newBuilder().setSnapshotId(id).build()))
                .containsExactly(ofOther);
        assertThat(list(ListSnapshotsRequest.newBuilder()
                        .setSnapshotId(id)
                        .setSourceVolumeId(volume.getVolumeId())
                        .build()))
                .isEmpty();
        GetSnapshotRequest get =
                GetSnapshotRequest.newBuilder().setSnapshotId(id).build();
        assertThat(driver.controller().getSnapshot(get).getSnapshot()).isEqualTo(ofOther);
        driver.delete(ofOther);
        assertStatus(Status.Code.NOT_FOUND, () -> driver.controller().getSnapshot(get));
    }

    @Test
    void a_file_system_in_use_is_whole_in_its_snapshot_and_goes_on() throws IOException {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path data = driver.publish(volume, mount());
        Files.writeString(data.resolve("letter"), "not synced by its writer");

        Snapshot snapshot = driver.snapshot("fs", volume);
        // It would hang if the file system were still frozen.
        Files.writeString(data.resolve("later"), "after the cut");

        Volume restored =
                driver.create(request("back", 480 * MEBIBYTE, mount()).setVolumeContentSource(restoreOf(snapshot)));
        Path copy = driver.publish(restored, mount());
        assertThat(copy.resolve("letter")).hasContent("not synced by its writer");
        assertThat(copy.resolve("later")).doesNotExist();
        assertThat(Files.getFileStore(copy).getTotalSpace()).isGreaterThan(380 * MEBIBYTE);
        driver.release(restored);
        driver.release(volume);
    }

    @Test
    void a_file_system_that_a_killed_driver_left_frozen_is_thawed_by_the_next() throws Exception {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path data = driver.publish(volume, mount());
        // What the process had done by then: its plan, and the freeze.
        SnapshotId id = SnapshotId.of("test-node", "interrupted");
        VolumeRecord source = VolumeStore.open(driver.pool())
                .find(new VolumeId(volume.getVolumeId()))
                .orElseThrow();
        SnapshotDraft _ = SnapshotStore.open(driver.pool(), sources -> {})
                .draft(SnapshotRecord.of(source, id, "interrupted", "2026-01-01T00:00:00Z", null));
        assertThat(FrozenFileSystem.freeze(data)).isPresent();
        try {
            driver.restart();

            CompletableFuture<Boolean> writer = CompletableFuture.supplyAsync(
                    () -> data.resolve("letter").toFile().mkdir());
            assertThat(writer).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
        } finally {
            FrozenFileSystem.thaw(data);
        }
        assertThat(driver.pool().resolve("cutting")).isEmptyDirectory();
        driver.release(volume);
    }

    @Test
    void what_a_pod_has_written_to_a_block_device_is_in_its_snapshot() throws IOException {
        Volume volume = driver.create(request("block", 16 * MEBIBYTE, block()));
        Path device = driver.publish(volume, block());
        Files.write(device, random(1), StandardOpenOption.WRITE);

        Snapshot snapshot = driver.snapshot("block", volume);

        assertThat(data(driver.image(snapshot))).isEqualTo(random(1));
        driver.release(volume);
    }

    @Test
    void a_volume_of_a_snapshot_is_of_its_kind_and_not_smaller() {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Snapshot snapshot = driver.snapshot("disk", disk);

        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                () -> driver.create(
                        request("fs", 320 * MEBIBYTE, mount()).setVolumeContentSource(restoreOf(snapshot))));
        CreateVolumeRequest.Builder small =
                diskRequest("small", 8 * MEBIBYTE).setVolumeContentSource(restoreOf(snapshot));
        small.getCapacityRangeBuilder().setLimitBytes(8 * MEBIBYTE);
        assertStatus(Status.Code.OUT_OF_RANGE, () -> driver.create(small));
        Volume first = driver.create(diskRequest("copy", 16 * MEBIBYTE).setVolumeContentSource(restoreOf(snapshot)));
        assertThat(first.getContentSource()).isEqualTo(restoreOf(snapshot));
        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.create(diskRequest("copy", 16 * MEBIBYTE)));
    }

    @Test
    void a_snapshot_that_is_not_here_is_looked_for_elsewhere() {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Snapshot snapshot = driver.snapshot("disk", disk);
        driver.delete(snapshot);
        CreateVolumeRequest.Builder copy =
                diskRequest("copy", 16 * MEBIBYTE).setVolumeContentSource(restoreOf(snapshot));

        assertStatus(Status.Code.NOT_FOUND, () -> driver.create(copy));
        copy.setAccessibilityRequirements(TopologyRequirement.newBuilder()
                .addRequisite(Topology.newBuilder().putSegments("topology.kubehv.io/node", "test-node")));
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.create(copy));
    }

    @Test
    void a_parameter_that_would_be_ignored_is_refused() {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        CreateSnapshotRequest.Builder asked =
                CreateSnapshotRequest.newBuilder().setName("x").setSourceVolumeId(disk.getVolumeId());

        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                () -> driver.controller()
                        .createSnapshot(asked.putParameters("readonly", "true").build()));
        asked.clearParameters().putParameters("csi.storage.k8s.io/volumesnapshot/name", "mine");
        assertThat(driver.controller()
                        .createSnapshot(asked.build())
                        .getSnapshot()
                        .getReadyToUse())
                .isTrue();
    }

    @Test
    void a_full_pool_refuses_a_snapshot_keeps_nothing_of_it_and_deletes_one() throws Exception {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        write(disk, 1);
        Snapshot there = driver.snapshot("there", disk);
        driver.fillPool();

        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.snapshot("more", disk));
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.groupSnapshot("more", disk));

        assertThat(list(ListSnapshotsRequest.getDefaultInstance())).containsExactly(there);
        assertThat(driver.pool().resolve("cutting")).isEmptyDirectory();
        assertThat(data(driver.image(there))).isEqualTo(random(1));
        driver.delete(there);
        assertThat(list(ListSnapshotsRequest.getDefaultInstance())).isEmpty();
    }

    private List<Snapshot> list(ListSnapshotsRequest request) {
        return driver.controller().listSnapshots(request).getEntriesList().stream()
                .map(ListSnapshotsResponse.Entry::getSnapshot)
                .toList();
    }

    private void write(Volume volume, int seed) throws IOException {
        Files.write(driver.image(volume), random(seed), StandardOpenOption.WRITE);
    }

    private static byte[] random(int seed) {
        byte[] bytes = new byte[DATA_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] data(Path image) throws IOException {
        try (var in = Files.newInputStream(image)) {
            return in.readNBytes(DATA_BYTES);
        }
    }

    private long free() throws IOException {
        return Files.getFileStore(driver.pool()).getUsableSpace();
    }
}
