package io.kubehv.csi;

import io.kubehv.csi.linux.Extents;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * How long a snapshot's creation and deletion take, by the disk's size and by its extents; over the socket, synced. And how
 * long the cut takes of a disk that was copied ahead, and written since: where the driver is told what was written, as by a
 * VM's hypervisor, and where it has to find out. The disks take turns, so that what else the machine does meets all. Needs
 * root, and 1 GiB of room.
 */
final class SnapshotBenchmark {
    private static final long GIBIBYTE = 1L << 30;
    private static final long POOL_BYTES = 400 * GIBIBYTE;
    private static final int BLOCK = 4096;
    private static final int ROUNDS = Integer.getInteger("bench.snapshots", 20);
    private static final int WARM_UP = 3;

    /** Written in each pass over a disk that is copied ahead, each block in a granule of QEMU's bitmaps of its own. */
    private static final int WRITES = 100;

    private static final int GRANULE = 1 << 16;

    private static final Logger DRIVER = Logger.getLogger("io.kubehv.csi");

    private SnapshotBenchmark() {}

    /** Prints the table. */
    public static void main(String[] arguments) throws IOException {
        // A line for each call would be measured too.
        DRIVER.setLevel(Level.WARNING);
        Path directory = Files.createTempDirectory("kubehv-snapshot-bench");
        Path pool = Files.createDirectory(directory.resolve("pool"));
        SparseFile.create(directory.resolve("disk.img"), POOL_BYTES);
        FileSystemType.XFS.format(directory.resolve("disk.img"));
        LoopDevices.attachWhileUsed(
                directory.resolve("disk.img"),
                device -> Mounts.mount(device, pool, FileSystemType.XFS, List.of("noatime")));
        try (DriverFixture driver = new DriverFixture(directory)) {
            List<Disk> disks = new ArrayList<>();
            for (int extents : new int[] {10, 10_000}) {
                for (int gibibytes : new int[] {1, 10, 100}) {
                    disks.add(Disk.make(driver, gibibytes, extents));
                }
            }
            disks.add(Disk.make(driver, 10, 100_000));
            for (int round = 0; round < WARM_UP + ROUNDS; round++) {
                for (Disk disk : disks) {
                    disk.turn(driver, round);
                }
            }
            print(disks);
            DiskSpeed.print(driver, pool);
        } finally {
            DriverFixture.unmountAll(directory);
            Files.delete(directory.resolve("disk.img"));
            Files.delete(pool);
            Files.delete(directory);
        }
    }

    private static void print(List<Disk> disks) {
        System.out.printf(
                "%n### Create and delete of a snapshot, %d of each%n%n"
                        + "| disk | extents | create p50 | create p95 | delete p50 | delete p95 | copied ahead, told: cut p50 | cut p95 | not told: cut p50 | cut p95 | the copy ahead p50 |%n"
                        + "| ---: | ------: | ---------: | ---------: | ---------: | ---------: | ------------------------: | ------: | ----------------: | ------: | -----------------: |%n",
                ROUNDS);
        for (Disk disk : disks) {
            System.out.printf(
                    "| %d GiB | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                    disk.gibibytes,
                    disk.extents,
                    milliseconds(disk.creations, 50),
                    milliseconds(disk.creations, 95),
                    milliseconds(disk.deletions, 50),
                    milliseconds(disk.deletions, 95),
                    milliseconds(disk.cutsTold, 50),
                    milliseconds(disk.cutsTold, 95),
                    milliseconds(disk.cutsNotTold, 50),
                    milliseconds(disk.cutsNotTold, 95),
                    milliseconds(disk.ahead, 50));
        }
    }

    private static String milliseconds(List<Long> nanos, int percentile) {
        List<Long> sorted = new ArrayList<>(nanos.subList(WARM_UP, nanos.size()));
        Collections.sort(sorted);
        return "%.1f ms".formatted(sorted.get((sorted.size() - 1) * percentile / 100) / 1e6);
    }

    private record Disk(
            int gibibytes,
            int wanted,
            int extents,
            Volume volume,
            List<Long> creations,
            List<Long> deletions,
            List<Long> ahead,
            List<Long> cutsTold,
            List<Long> cutsNotTold) {
        static Disk make(DriverFixture driver, int gibibytes, int wanted) throws IOException {
            Volume volume = driver.create(
                    DriverFixture.diskRequest("disk of " + gibibytes + " GiB, " + wanted, gibibytes * GIBIBYTE));
            Path image = driver.image(volume);
            long stride = gibibytes * GIBIBYTE / wanted / BLOCK * BLOCK;
            try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
                for (int i = 0; i < wanted; i++) {
                    file.write(ByteBuffer.allocate(BLOCK), i * stride);
                }
                file.force(true);
            }
            return new Disk(
                    gibibytes,
                    wanted,
                    count(image),
                    volume,
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>());
        }

        private static int count(Path image) throws IOException {
            int count = 0;
            try (Extents extents = Extents.of(image, 0)) {
                for (var extent = extents.peek(); extent != null; extent = extents.peek()) {
                    count++;
                    extents.skipTo(extent.end());
                }
            }
            return count;
        }

        void turn(DriverFixture driver, int round) throws IOException {
            long start = System.nanoTime();
            Snapshot snapshot = driver.snapshot("round " + round + " of " + volume.getVolumeId(), volume);
            long created = System.nanoTime();
            driver.delete(snapshot);
            creations.add(created - start);
            deletions.add(System.nanoTime() - created);
            copiedAhead(driver, "told in round " + round, true);
            copiedAhead(driver, "not told in round " + round, false);
        }

        /** As the cut of a VM's disks: most of it is done while the guest runs, and writes. */
        private void copiedAhead(DriverFixture driver, String round, boolean told) throws IOException {
            String name = round + " of " + volume.getVolumeId();
            long start = System.nanoTime();
            var _ = driver.copyAhead(name, volume);
            long begun = System.nanoTime();
            String first = write(driver, name.hashCode());
            var _ = told ? driver.copyAhead(name, volume, first) : driver.copyAhead(name, volume);
            String last = write(driver, -name.hashCode());
            long stopped = System.nanoTime();
            VolumeGroupSnapshot group =
                    told ? driver.groupSnapshot(name, volume, last) : driver.groupSnapshot(name, volume);
            (told ? cutsTold : cutsNotTold).add(System.nanoTime() - stopped);
            ahead.add(begun - start);
            driver.delete(group.getSnapshots(0));
        }

        /** As a hypervisor that stops its guest leaves it; returns what it would tell of it. The disk stays in as many pieces. */
        private String write(DriverFixture driver, int seed) throws IOException {
            long stride = gibibytes * GIBIBYTE / wanted / BLOCK * BLOCK;
            Random where = new Random(seed);
            List<String> granules = new ArrayList<>();
            try (FileChannel file = FileChannel.open(driver.image(volume), StandardOpenOption.WRITE)) {
                for (int i = 0; i < WRITES; i++) {
                    long offset = where.nextInt(wanted) * stride;
                    file.write(ByteBuffer.allocate(BLOCK), offset);
                    granules.add(Long.toHexString(offset / GRANULE * GRANULE) + "+" + Long.toHexString(GRANULE));
                }
                file.force(true);
            }
            return String.join(",", granules);
        }
    }
}
