package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kubehv.csi.proto.BlockMetadata;
import io.kubehv.csi.proto.GetMetadataAllocatedRequest;
import io.kubehv.csi.proto.GetMetadataDeltaRequest;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was written between snapshots, told by the driver and known by the test, in blocks of 4 KiB. */
class ChangedBlocksIT extends WithDriver {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 4096;
    private static final long BYTES = (long) BLOCK * BLOCKS;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_delta_has_all_and_only_the_blocks_that_were_written(long seed) throws Exception {
        Random random = new Random(seed);
        Volume disk = driver.create(diskRequest("disk", BYTES));
        List<Snapshot> snapshots = new ArrayList<>();
        List<BitSet> written = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            written.add(writeSomewhere(driver.image(disk), random));
            snapshots.add(driver.snapshot("round " + round, disk));
        }

        assertThat(blocks(allocated(snapshots.getFirst(), 0, 0))).isEqualTo(written.getFirst());
        for (int base = 0; base < snapshots.size(); base++) {
            BitSet since = new BitSet();
            for (int target = base + 1; target < snapshots.size(); target++) {
                since.or(written.get(target));
                BitSet told = blocks(delta(snapshots.get(base), snapshots.get(target), 0, 0));
                BitSet differing = differing(snapshots.get(base), snapshots.get(target));

                assertThat(told).isEqualTo(since);
                BitSet missed = (BitSet) differing.clone();
                missed.andNot(told);
                assertThat(missed).isEqualTo(new BitSet());
                assertThat(differing.cardinality()).isPositive();
            }
        }
        assertThat(delta(snapshots.getFirst(), snapshots.getFirst(), 0, 0)).isEmpty();
    }

    /** Single blocks, runs, and a part of a block, which the file system writes whole. */
    private static BitSet writeSomewhere(Path image, Random random) throws IOException {
        BitSet written = new BitSet();
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            for (int i = 0; i < 40; i++) {
                int first = random.nextInt(BLOCKS - 20);
                int count = 1 + random.nextInt(i % 4 == 0 ? 20 : 1);
                byte[] data = new byte[i % 5 == 0 ? 512 : count * BLOCK];
                random.nextBytes(data);
                file.seek((long) first * BLOCK);
                file.write(data);
                written.set(first, first + (data.length + BLOCK - 1) / BLOCK);
            }
        }
        return written;
    }

    @Test
    void a_hole_that_was_punched_is_a_change_and_one_that_was_there_is_none() throws Exception {
        Volume disk = driver.create(diskRequest("disk", BYTES));
        try (RandomAccessFile file = new RandomAccessFile(driver.image(disk).toFile(), "rw")) {
            file.write(new byte[16 * BLOCK]);
        }
        Snapshot base = driver.snapshot("base", disk);
        DriverFixture.fallocate(driver.image(disk), "--punch-hole", 4 * BLOCK, 2 * BLOCK);
        // Allocated and never written: reads as it did.
        DriverFixture.fallocate(driver.image(disk), "--keep-size", 100 * BLOCK, 10 * BLOCK);
        Snapshot target = driver.snapshot("target", disk);

        assertThat(delta(base, target, 0, 0)).containsExactly(range(4, 2));
        assertThat(allocated(target, 0, 0)).containsExactly(range(0, 4), range(6, 10));
    }

    @Test
    void a_query_goes_on_at_an_offset_and_in_messages_of_the_wanted_length() throws Exception {
        Volume disk = driver.create(diskRequest("disk", BYTES));
        Snapshot base = driver.snapshot("base", disk);
        try (RandomAccessFile file = new RandomAccessFile(driver.image(disk).toFile(), "rw")) {
            for (int block = 0; block < 3000; block += 2) {
                file.seek((long) block * BLOCK);
                file.write(1);
            }
        }
        Snapshot target = driver.snapshot("target", disk);

        List<BlockMetadata> all = delta(base, target, 0, 0);
        assertThat(all).hasSize(1500);
        assertThat(delta(base, target, 0, 7)).isEqualTo(all);
        assertThat(delta(base, target, all.get(700).getByteOffset() + BLOCK, 0)).isEqualTo(all.subList(701, 1500));
        assertThat(allocated(target, all.get(700).getByteOffset() + 512, 0).getFirst())
                .isEqualTo(BlockMetadata.newBuilder()
                        .setByteOffset(all.get(700).getByteOffset() + 512)
                        .setSizeBytes(BLOCK - 512)
                        .build());
    }

    @Test
    void a_volume_that_has_grown_is_told_to_its_end() throws Exception {
        Volume disk = driver.create(diskRequest("disk", BYTES));
        Snapshot base = driver.snapshot("base", disk);
        driver.expand(disk, 2 * BYTES);
        try (RandomAccessFile file = new RandomAccessFile(driver.image(disk).toFile(), "rw")) {
            file.seek(2 * BYTES - 1);
            file.write(1);
        }
        Snapshot target = driver.snapshot("target", disk);

        assertThat(delta(base, target, 0, 0)).containsExactly(range(2 * BLOCKS - 1, 1));
        assertThat(allocated(target, 0, 0)).containsExactly(range(2 * BLOCKS - 1, 1));
    }

    @Test
    void what_is_wrong_with_a_query_is_said() {
        Volume disk = driver.create(diskRequest("disk", BYTES));
        Volume other = driver.create(diskRequest("other", BYTES));
        Snapshot snapshot = driver.snapshot("one", disk);
        Snapshot ofOther = driver.snapshot("two", other);

        assertStatus(Status.Code.INVALID_ARGUMENT, () -> delta(snapshot, ofOther, 0, 0));
        assertStatus(Status.Code.OUT_OF_RANGE, () -> allocated(snapshot, BYTES, 0));
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> allocated(snapshot, 0, -1));
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> allocated(Snapshot.getDefaultInstance(), 0, 0));
        driver.delete(snapshot);
        assertStatus(Status.Code.NOT_FOUND, () -> allocated(snapshot, 0, 0));
    }

    private List<BlockMetadata> delta(Snapshot base, Snapshot target, long start, int limit) {
        List<BlockMetadata> all = new ArrayList<>();
        driver.snapshotMetadata()
                .getMetadataDelta(GetMetadataDeltaRequest.newBuilder()
                        .setBaseSnapshotId(base.getSnapshotId())
                        .setTargetSnapshotId(target.getSnapshotId())
                        .setStartingOffset(start)
                        .setMaxResults(limit)
                        .build())
                .forEachRemaining(part -> {
                    assertThat(part.getVolumeCapacityBytes()).isEqualTo(target.getSizeBytes());
                    assertThat(part.getBlockMetadataCount()).isLessThanOrEqualTo(limit == 0 ? 1024 : limit);
                    all.addAll(part.getBlockMetadataList());
                });
        return all;
    }

    private List<BlockMetadata> allocated(Snapshot snapshot, long start, int limit) {
        List<BlockMetadata> all = new ArrayList<>();
        driver.snapshotMetadata()
                .getMetadataAllocated(GetMetadataAllocatedRequest.newBuilder()
                        .setSnapshotId(snapshot.getSnapshotId())
                        .setStartingOffset(start)
                        .setMaxResults(limit)
                        .build())
                .forEachRemaining(part -> all.addAll(part.getBlockMetadataList()));
        return all;
    }

    private BitSet differing(Snapshot base, Snapshot target) throws IOException {
        byte[] before = Files.readAllBytes(driver.image(base));
        byte[] after = Files.readAllBytes(driver.image(target));
        BitSet differing = new BitSet();
        for (int i = 0; i < before.length; i++) {
            if (before[i] != after[i]) {
                differing.set(i / BLOCK);
            }
        }
        return differing;
    }

    private static BitSet blocks(List<BlockMetadata> ranges) {
        BitSet blocks = new BitSet();
        long end = -1;
        for (BlockMetadata range : ranges) {
            assertThat(range.getByteOffset()).isGreaterThan(end);
            end = range.getByteOffset() + range.getSizeBytes();
            blocks.set((int) (range.getByteOffset() / BLOCK), (int) (end / BLOCK));
        }
        return blocks;
    }

    private static BlockMetadata range(long block, long count) {
        return BlockMetadata.newBuilder()
                .setByteOffset(block * BLOCK)
                .setSizeBytes(count * BLOCK)
                .build();
    }
}
