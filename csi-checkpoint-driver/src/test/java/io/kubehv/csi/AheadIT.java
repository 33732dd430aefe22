package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.block;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotResponse;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks in many pieces, of which most is copied before the cut, and written meanwhile. */
class AheadIT extends WithDriver {
    private static final int BLOCK = 4096;
    private static final long BYTES = 64 * MEBIBYTE;
    private static final int PIECES = 3_000;

    /** A disk whose every second stretch is a hole. */
    private Volume inPieces(String name) throws IOException {
        Volume volume = driver.create(diskRequest(name, BYTES));
        makePieces(driver.image(volume));
        return volume;
    }

    private static void makePieces(Path disk) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            long stride = BYTES / PIECES / BLOCK * BLOCK;
            for (int i = 0; i < PIECES; i++) {
                write(file, i * stride, i);
            }
            file.getFD().sync();
        }
    }

    private static void write(RandomAccessFile file, long offset, int number) throws IOException {
        byte[] block = new byte[BLOCK];
        new Random(number).nextBytes(block);
        file.seek(offset);
        file.write(block);
    }

    private void writeAnywhere(Volume volume, int count, int seed) throws IOException {
        Random where = new Random(seed);
        try (RandomAccessFile file = new RandomAccessFile(driver.image(volume).toFile(), "rw")) {
            for (int i = 0; i < count; i++) {
                write(file, where.nextInt((int) (BYTES / BLOCK)) * (long) BLOCK, seed + i);
            }
            file.getFD().sync();
        }
    }

    private static void writeAt(Path disk, long offset) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            write(file, offset, Long.hashCode(offset) + 1);
        }
    }

    private static String range(long offset, long length) {
        return Long.toHexString(offset) + "+" + Long.toHexString(length);
    }

    private Path copies() {
        return driver.pool().resolve("ahead");
    }

    private void assertIsOfNow(Snapshot snapshot, Volume volume) throws IOException {
        assertThat(Files.mismatch(driver.image(snapshot), driver.image(volume)))
                .as("the first byte at which the snapshot differs")
                .isEqualTo(-1);
    }

    @Test
    void what_was_written_since_the_copy_ahead_is_in_the_cut() throws Exception {
        Volume disk = inPieces("disk");
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService writers = Executors.newSingleThreadExecutor()) {
            Future<Integer> rounds = writers.submit(() -> {
                int round = 0;
                // Not so much that all of it is written anew and in one piece.
                while (!enough.get() && round < 50) {
                    writeAnywhere(disk, 20, ++round * 100);
                }
                return round;
            });
            try {
                assertThat(driver.copyAhead("cut", disk).getReadyToUse()).isFalse();
                assertThat(copies()).isNotEmptyDirectory();
                driver.copyAhead("cut", disk);
            } finally {
                enough.set(true);
            }
            assertThat(rounds.get()).isPositive();
        }
        writeAnywhere(disk, 50, 1);

        VolumeGroupSnapshot group = driver.groupSnapshot("cut", disk);

        assertThat(group.getReadyToUse()).isTrue();
        assertIsOfNow(group.getSnapshots(0), disk);
        assertThat(copies()).isEmptyDirectory();
        long size = Files.size(driver.image(group.getSnapshots(0)));
        writeAnywhere(disk, 50, 2);
        assertThat(Files.mismatch(driver.image(group.getSnapshots(0)), driver.image(disk)))
                .as("the snapshot stays what it was")
                .isNotEqualTo(-1);
        assertThat(size).isEqualTo(BYTES);
    }

    @Test
    void what_is_shared_with_another_snapshot_or_was_discarded_since_is_in_the_cut_too() throws Exception {
        Volume disk = inPieces("disk");
        driver.copyAhead("cut", disk);
        writeAnywhere(disk, 200, 1);
        // What was written since is shared now, as what was copied ahead is.
        driver.snapshot("another", disk);
        DriverFixture.fallocate(driver.image(disk), "--punch-hole", 0, BYTES / 4);
        driver.expand(disk, 2 * BYTES);
        try (RandomAccessFile file = new RandomAccessFile(driver.image(disk).toFile(), "rw")) {
            write(file, 2 * BYTES - BLOCK, 7);
        }

        VolumeGroupSnapshot group = driver.groupSnapshot("cut", disk);

        assertIsOfNow(group.getSnapshots(0), disk);
        assertThat(Files.size(driver.image(group.getSnapshots(0)))).isEqualTo(2 * BYTES);
    }

    @Test
    void what_the_caller_says_was_written_is_copied_and_nothing_is_compared() throws IOException {
        Volume disk = inPieces("disk");
        VolumeGroupSnapshot begun = driver.copyAhead("cut", disk);
        assertThat(begun.getSnapshotsList())
                .extracting(Snapshot::getSourceVolumeId)
                .containsExactly(disk.getVolumeId());
        Path image = driver.image(disk);
        writeAt(image, MEBIBYTE);
        writeAt(image, 2 * MEBIBYTE);
        driver.copyAhead("cut", disk, range(MEBIBYTE, 2 * BLOCK));
        writeAt(image, 3 * MEBIBYTE);

        Path cut = driver.image(
                driver.groupSnapshot("cut", disk, range(3 * MEBIBYTE, BLOCK)).getSnapshots(0));

        assertThat(Files.mismatch(cut, image))
                .as("what nobody told of is what it was")
                .isEqualTo(2 * MEBIBYTE);
        writeAt(cut, 2 * MEBIBYTE);
        assertThat(Files.mismatch(cut, image)).isEqualTo(-1);
    }

    @Test
    void what_was_discarded_or_is_behind_the_end_or_was_told_too_widely_is_right_in_the_cut() throws Exception {
        Volume disk = inPieces("disk");
        driver.copyAhead("cut", disk);
        Path image = driver.image(disk);
        DriverFixture.fallocate(image, "--punch-hole", 16 * BLOCK, BYTES / 4);
        driver.expand(disk, 2 * BYTES);
        writeAt(image, 2 * BYTES - BLOCK);

        VolumeGroupSnapshot group = driver.groupSnapshot(
                "cut",
                disk,
                range(0, BYTES / 2) + "," + range(2 * BYTES - BLOCK, 16 * BLOCK) + "," + range(4 * BYTES, BLOCK));

        assertIsOfNow(group.getSnapshots(0), disk);
        assertThat(Files.size(driver.image(group.getSnapshots(0)))).isEqualTo(2 * BYTES);
    }

    @Test
    void what_is_still_in_the_memory_of_a_raw_volumes_device_is_copied_ahead_too() throws IOException {
        Volume volume = driver.create(request("raw", BYTES, block()));
        Path device = driver.publish(volume, block());
        // The last one to close a device has it write all out.
        try (RandomAccessFile _ = new RandomAccessFile(device.toFile(), "rw")) {
            makePieces(device);
            assertThat(driver.copyAhead("cut", volume).getSnapshotsCount()).isEqualTo(1);
            writeAt(device, MEBIBYTE);
            driver.copyAhead("cut", volume, range(MEBIBYTE, BLOCK));

            VolumeGroupSnapshot group = driver.groupSnapshot("cut", volume, "");

            assertIsOfNow(group.getSnapshots(0), volume);
        }
        driver.release(volume);
    }

    @Test
    void what_was_written_to_a_disk_whose_copy_is_gone_is_in_the_cut() throws IOException {
        Volume disk = inPieces("disk");
        driver.copyAhead("cut", disk);
        writeAt(driver.image(disk), MEBIBYTE);
        driver.restart();

        assertIsOfNow(driver.groupSnapshot("cut", disk, "").getSnapshots(0), disk);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1+", "-1+1000", "0+1000,", "0+1000 2000+1000", "0+ffffffffffffffff"})
    void what_is_no_list_of_ranges_is_refused(String written) {
        Volume disk = driver.create(diskRequest("disk", BYTES));

        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.groupSnapshot("cut", disk, written));
    }

    @Test
    void a_copy_ahead_that_no_cut_comes_for_goes_with_the_group_or_at_the_next_start() throws IOException {
        Volume disk = inPieces("disk");
        VolumeGroupSnapshot begun = driver.copyAhead("deleted", disk);
        assertThat(copies()).isNotEmptyDirectory();

        DeleteVolumeGroupSnapshotResponse _ = driver.groupController()
                .deleteVolumeGroupSnapshot(DeleteVolumeGroupSnapshotRequest.newBuilder()
                        .setGroupSnapshotId(begun.getGroupSnapshotId())
                        .build());
        assertThat(copies()).isEmptyDirectory();

        driver.copyAhead("forgotten", disk);
        driver.restart();
        assertThat(copies()).isEmptyDirectory();
        assertIsOfNow(driver.groupSnapshot("forgotten", disk).getSnapshots(0), disk);
    }

    @Test
    void a_disk_in_few_pieces_is_not_copied_ahead() throws IOException {
        Volume disk = driver.create(diskRequest("disk", BYTES));
        writeAnywhere(disk, 100, 1);

        assertThat(driver.copyAhead("cut", disk).getSnapshotsList()).isEmpty();

        assertThat(copies()).isEmptyDirectory();
        assertIsOfNow(driver.groupSnapshot("cut", disk).getSnapshots(0), disk);
    }
}
