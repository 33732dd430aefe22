package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver's process is killed at any moment of a cut of two file systems in use. */
class SnapshotKillIT {
    private static final int KILLS = 6;
    private static final int CUTS_UNTIL_THE_KILL = 12;
    private static final long SEED = 20261128;

    @TempDir
    Path directory;

    @Test
    void a_killed_driver_leaves_whole_groups_and_lets_writers_go_on_when_it_is_back() throws Exception {
        Random random = new Random(SEED);
        List<VolumeGroupSnapshot> promised = new ArrayList<>();
        DriverProcess process = DriverProcess.start(directory);
        try (DriverFixture driver = new DriverFixture(directory, process::close)) {
            Volume one = driver.create(request("one", 320 * MEBIBYTE, mount()));
            Volume two = driver.create(request("two", 320 * MEBIBYTE, mount()));
            List<Path> mounted = List.of(driver.publish(one, mount()), driver.publish(two, mount()));
            for (int kill = 0; kill < KILLS; kill++) {
                promised.addAll(cutUntilKilled(driver, process, "kill " + kill, random.nextInt(60), one, two));
                process = DriverProcess.start(directory);
                driver.servedBy(process::close);
                // It waits until the socket is served.
                assertThat(driver.isReady()).isTrue();

                for (Path target : mounted) {
                    write(target);
                }
                assertWhole(driver, promised, one, two);
            }
            driver.release(one);
            driver.release(two);
        }
        assertThat(promised).isNotEmpty();
    }

    /** The groups that were acknowledged before the process was gone. */
    private static List<VolumeGroupSnapshot> cutUntilKilled(
            DriverFixture driver, DriverProcess process, String name, long delayMillis, Volume one, Volume two)
            throws Exception {
        CountDownLatch warm = new CountDownLatch(1);
        CompletableFuture<List<VolumeGroupSnapshot>> caller = CompletableFuture.supplyAsync(() -> {
            List<VolumeGroupSnapshot> done = new ArrayList<>();
            try {
                for (int i = 0; i < CUTS_UNTIL_THE_KILL; i++) {
                    done.add(driver.groupSnapshot(name + " cut " + i, one, two));
                    warm.countDown();
                }
            } catch (StatusRuntimeException killed) {
                // What it was about to do is unknown to the caller, as it should be.
            }
            return done;
        });
        assertThat(warm.await(60, TimeUnit.SECONDS)).isTrue();
        TimeUnit.MILLISECONDS.sleep(delayMillis);
        process.kill();
        return caller.get(60, TimeUnit.SECONDS);
    }

    /** Hangs where the file system is still frozen. */
    private static void write(Path target) throws Exception {
        CompletableFuture<Path> writer = CompletableFuture.supplyAsync(() -> {
            try {
                return Files.writeString(target.resolve("letter"), "written after a kill");
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(writer.get(30, TimeUnit.SECONDS)).exists();
    }

    private static void assertWhole(DriverFixture driver, List<VolumeGroupSnapshot> promised, Volume one, Volume two)
            throws IOException {
        List<String> all = new ArrayList<>();
        for (Path group : entries(driver.pool().resolve("snapshots"))) {
            all.add(group.getFileName().toString());
            assertThat(entries(group)).hasSize(3);
            for (Path member : entries(group)) {
                if (Files.isDirectory(member)) {
                    assertThat(Files.size(member.resolve("disk.img"))).isEqualTo(320 * MEBIBYTE);
                }
            }
        }
        for (VolumeGroupSnapshot group : promised) {
            assertThat(all).contains(group.getGroupSnapshotId());
            assertThat(group.getSnapshotsList())
                    .extracting(Snapshot::getSourceVolumeId)
                    .containsExactly(one.getVolumeId(), two.getVolumeId());
        }
        assertThat(driver.pool().resolve("cutting")).isEmptyDirectory();
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (var stream = Files.list(folder)) {
            return stream.toList();
        }
    }
}
