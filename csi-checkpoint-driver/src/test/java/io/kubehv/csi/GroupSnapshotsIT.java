package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotResponse;
import io.kubehv.csi.proto.GetVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.ListSnapshotsRequest;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Snapshots of several volumes at one instant. */
class GroupSnapshotsIT extends WithDriver {
    @Test
    void a_group_is_made_once_and_is_found_after_a_restart() throws IOException {
        Volume one = driver.create(diskRequest("one", 16 * MEBIBYTE));
        Volume two = driver.create(diskRequest("two", 16 * MEBIBYTE));

        VolumeGroupSnapshot group = driver.groupSnapshot("checkpoint-1", one, two);

        assertThat(group.getReadyToUse()).isTrue();
        assertThat(group.getSnapshotsList())
                .extracting(Snapshot::getSourceVolumeId)
                .containsExactly(one.getVolumeId(), two.getVolumeId());
        assertThat(group.getSnapshotsList()).allSatisfy(member -> {
            assertThat(member.getGroupSnapshotId()).isEqualTo(group.getGroupSnapshotId());
            assertThat(member.getCreationTime()).isEqualTo(group.getCreationTime());
            assertThat(driver.image(member)).exists();
        });
        assertThat(driver.groupSnapshot("checkpoint-1", one, two)).isEqualTo(group);
        driver.restart();
        assertThat(driver.groupSnapshot("checkpoint-1", two, one)).isEqualTo(group);
        assertThat(get(group)).isEqualTo(group);
        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.groupSnapshot("checkpoint-1", one));
    }

    @Test
    void an_order_of_writes_across_file_systems_is_kept() throws Exception {
        Volume one = driver.create(request("one", 320 * MEBIBYTE, mount()));
        Volume two = driver.create(request("two", 320 * MEBIBYTE, mount()));
        // Between the two, and slow to cut: a writer that went on would get far.
        Volume slow = driver.create(diskRequest("slow", 320 * MEBIBYTE));
        fragment(driver.image(slow));
        Path first = driver.publish(one, mount()).resolve("counter");
        Path second = driver.publish(two, mount()).resolve("counter");
        Files.write(first, new byte[8]);
        Files.write(second, new byte[8]);
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService writers = Executors.newSingleThreadExecutor()) {
            Future<Long> written = writers.submit(() -> alternate(first, second, enough));
            try {
                for (int i = 0; i < 5; i++) {
                    VolumeGroupSnapshot group = driver.groupSnapshot("cut " + i, one, slow, two);
                    long before = counterIn(group.getSnapshots(0), i);
                    long after = counterIn(group.getSnapshots(2), i);
                    // Each number is written to the first, then to the second.
                    assertThat(before - after).isBetween(0L, 1L);
                }
            } finally {
                enough.set(true);
            }
            assertThat(written.get()).isPositive();
        }
        driver.release(one);
        driver.release(two);
    }

    private static void fragment(Path image) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            for (long offset = 0; offset < 320 * MEBIBYTE; offset += 8 * 4096) {
                file.seek(offset);
                file.write(1);
            }
        }
    }

    private static long alternate(Path first, Path second, AtomicBoolean enough) throws IOException {
        try (RandomAccessFile one = new RandomAccessFile(first.toFile(), "rwd");
                RandomAccessFile two = new RandomAccessFile(second.toFile(), "rwd")) {
            long number = 0;
            while (!enough.get()) {
                number++;
                one.seek(0);
                one.writeLong(number);
                two.seek(0);
                two.writeLong(number);
            }
            return number;
        }
    }

    private long counterIn(Snapshot member, int round) throws IOException {
        Volume copy = driver.create(request("copy " + round + member.getSourceVolumeId(), 320 * MEBIBYTE, mount())
                .setVolumeContentSource(DriverFixture.restoreOf(member)));
        Path counter = driver.publish(copy, mount()).resolve("counter");
        try (RandomAccessFile file = new RandomAccessFile(counter.toFile(), "r")) {
            return file.readLong();
        } finally {
            driver.release(copy);
            driver.delete(copy);
        }
    }

    @Test
    void a_group_of_which_one_volume_is_missing_leaves_nothing() {
        Volume one = driver.create(diskRequest("one", 16 * MEBIBYTE));
        Volume gone = driver.create(diskRequest("gone", 16 * MEBIBYTE));
        driver.delete(gone);

        assertStatus(Status.Code.NOT_FOUND, () -> driver.groupSnapshot("group", one, gone));
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.groupSnapshot("group", one, one));
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.groupSnapshot("group"));

        assertThat(count()).isZero();
        assertThat(driver.pool().resolve("snapshots")).isEmptyDirectory();
        // Nothing holds the volume that was there.
        driver.delete(one);
    }

    @Test
    void members_are_deleted_alone_and_the_group_goes_with_the_last() throws IOException {
        Volume one = driver.create(diskRequest("one", 16 * MEBIBYTE));
        Volume two = driver.create(diskRequest("two", 16 * MEBIBYTE));
        VolumeGroupSnapshot group = driver.groupSnapshot("group", one, two);

        driver.delete(group.getSnapshots(0));

        assertThat(get(group).getSnapshotsList()).containsExactly(group.getSnapshots(1));
        driver.restart();
        assertThat(get(group).getSnapshotsList()).containsExactly(group.getSnapshots(1));
        driver.delete(group.getSnapshots(1));
        assertStatus(Status.Code.NOT_FOUND, () -> get(group));
        assertThat(driver.pool().resolve("snapshots")).isEmptyDirectory();
    }

    @Test
    void a_group_is_deleted_by_who_knows_what_is_in_it() {
        Volume one = driver.create(diskRequest("one", 16 * MEBIBYTE));
        Volume two = driver.create(diskRequest("two", 16 * MEBIBYTE));
        VolumeGroupSnapshot group = driver.groupSnapshot("group", one, two);
        List<String> all =
                group.getSnapshotsList().stream().map(Snapshot::getSnapshotId).toList();

        assertStatus(Status.Code.INVALID_ARGUMENT, () -> delete(group, all.subList(0, 1)));
        assertThat(count()).isEqualTo(2);
        driver.delete(group.getSnapshots(0));
        // A caller that does not know of that yet goes on.
        delete(group, all);
        delete(group, all);

        assertThat(count()).isZero();
        assertThat(driver.pool().resolve("snapshots")).isEmptyDirectory();
    }

    private VolumeGroupSnapshot get(VolumeGroupSnapshot group) {
        return driver.groupController()
                .getVolumeGroupSnapshot(GetVolumeGroupSnapshotRequest.newBuilder()
                        .setGroupSnapshotId(group.getGroupSnapshotId())
                        .build())
                .getGroupSnapshot();
    }

    private void delete(VolumeGroupSnapshot group, List<String> snapshots) {
        DeleteVolumeGroupSnapshotResponse _ = driver.groupController()
                .deleteVolumeGroupSnapshot(DeleteVolumeGroupSnapshotRequest.newBuilder()
                        .setGroupSnapshotId(group.getGroupSnapshotId())
                        .addAllSnapshotIds(snapshots)
                        .build());
    }

    private int count() {
        return driver.controller()
                .listSnapshots(ListSnapshotsRequest.getDefaultInstance())
                .getEntriesCount();
    }
}
