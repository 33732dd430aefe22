package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.block;
import static io.kubehv.csi.DriverFixture.cloneOf;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.proto.NodePublishVolumeRequest;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeCapability;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What pods get, on a real XFS and over the real socket. */
class NodeIT extends WithDriver {
    @Test
    void a_disk_is_one_file_beside_which_nothing_can_be_made() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Path target = driver.publish(volume, mount());

        assertThat(target.resolve("disk.img")).hasSize(16 * MEBIBYTE);
        assertThat(Files.getAttribute(target.resolve("disk.img"), "unix:uid")).isEqualTo(107);
        assertThat(target.toFile().list()).containsExactly("disk.img");
        assertThatThrownBy(() -> Files.createFile(target.resolve("more"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Files.delete(target.resolve("disk.img"))).isInstanceOf(IOException.class);
        Files.write(target.resolve("disk.img"), new byte[4096], java.nio.file.StandardOpenOption.WRITE);
        driver.release(volume);
    }

    @Test
    void a_user_of_the_node_with_the_hypervisors_number_opens_a_disk_in_its_pod_alone() throws Exception {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Path disk = driver.publish(volume, mount()).resolve("disk.img");
        // The test's own directory is root's: only the pool's must keep the user out.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(canHypervisorRead(disk)).isTrue();
        assertThat(canHypervisorRead(driver.image(volume))).isFalse();
        for (String scratch : new String[] {"creating", "deleting"}) {
            assertThat(Files.getPosixFilePermissions(driver.pool().resolve(scratch)))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
        driver.release(volume);
    }

    private static boolean canHypervisorRead(Path file) throws IOException, InterruptedException {
        return new ProcessBuilder(
                                "setpriv",
                                "--reuid=107",
                                "--regid=107",
                                "--clear-groups",
                                "--",
                                "test",
                                "-r",
                                file.toString())
                        .inheritIO()
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void a_disk_that_grows_by_itself_is_cut_back_and_keeps_its_data() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Path disk = driver.publish(volume, mount()).resolve("disk.img");
        byte[] data = "what is inside the size".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.write(data);
            file.seek(64 * MEBIBYTE);
            file.write(new byte[(int) (32 * MEBIBYTE)]);
        }

        Awaitility.await("the guard to have looked")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(disk).hasSize(16 * MEBIBYTE));

        assertThat(Files.readAllBytes(disk)).startsWith(data);
        assertThat(FileStatus.of(disk).allocatedBytes()).isLessThan(2 * MEBIBYTE);
        driver.release(volume);
    }

    @Test
    void a_file_system_is_full_at_the_volumes_size() throws IOException {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path target = driver.publish(volume, mount());

        assertThatThrownBy(() -> write(target.resolve("big"), 400 * MEBIBYTE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left");

        assertThat(FileStatus.of(driver.image(volume)).allocatedBytes()).isLessThanOrEqualTo(321 * MEBIBYTE);
        driver.release(volume);
    }

    private static void write(Path file, long bytes) throws IOException {
        byte[] chunk = new byte[(int) MEBIBYTE];
        try (var out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += chunk.length) {
                out.write(chunk);
            }
        }
    }

    @Test
    void everything_is_done_once_across_repeats_and_restarts() throws IOException {
        for (VolumeCapability capability : new VolumeCapability[] {mount(), block()}) {
            Volume volume =
                    driver.create(request("volume " + capability.getAccessTypeCase(), 320 * MEBIBYTE, capability));
            driver.publish(volume, capability);
            int mounts = driver.mounts().size();

            driver.publish(volume, capability);
            driver.restart();
            driver.publish(volume, capability);
            assertThat(driver.mounts()).hasSize(mounts);

            driver.release(volume);
            driver.restart();
            driver.release(volume);
            assertThat(driver.mounts()).isEmpty();
            assertThat(driver.target(volume)).doesNotExist();
            assertThat(LoopDevices.find(driver.image(volume))).isEmpty();
        }
    }

    @Test
    void a_mounted_volume_lives_on_while_the_driver_restarts() throws IOException {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path target = driver.publish(volume, mount());
        try (var open = Files.newOutputStream(target.resolve("log"))) {
            open.write('a');
            driver.restart();
            open.write('b');
        }

        assertThat(target.resolve("log")).hasContent("ab");
        driver.release(volume);
    }

    @Test
    void a_volume_grows_while_it_is_used() throws IOException {
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Path target = driver.publish(fileSystem, mount());
        long before = Files.getFileStore(target).getTotalSpace();

        assertThat(driver.grow(fileSystem, 480 * MEBIBYTE)).isEqualTo(480 * MEBIBYTE);
        assertThat(driver.grow(fileSystem, 480 * MEBIBYTE)).isEqualTo(480 * MEBIBYTE);
        assertThat(driver.grow(fileSystem, 100 * MEBIBYTE)).isEqualTo(480 * MEBIBYTE);
        assertThat(Files.getFileStore(target).getTotalSpace()).isGreaterThan(before + 150 * MEBIBYTE);

        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        driver.publish(disk, mount());
        driver.grow(disk, 32 * MEBIBYTE);
        assertThat(driver.target(disk).resolve("disk.img")).hasSize(32 * MEBIBYTE);

        Volume device = driver.create(request("block", 16 * MEBIBYTE, block()));
        driver.publish(device, block());
        driver.grow(device, 32 * MEBIBYTE);
        try (RandomAccessFile open = new RandomAccessFile(driver.target(device).toFile(), "r")) {
            assertThat(open.length()).isEqualTo(32 * MEBIBYTE);
        }
        driver.release(device);
        driver.release(disk);
        driver.release(fileSystem);
    }

    @Test
    void a_volume_does_not_grow_beyond_the_pool() throws IOException {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        driver.publish(disk, mount());

        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.grow(disk, 100L << 30));

        assertThat(driver.target(disk).resolve("disk.img")).hasSize(16 * MEBIBYTE);
        driver.release(disk);
    }

    @Test
    void a_read_only_volume_is_read_only_and_its_flag_does_not_change() {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        driver.stage(volume, mount());
        NodePublishVolumeRequest.Builder publish = driver.publishRequest(volume, mount());
        driver.node().nodePublishVolume(publish.setReadonly(true).build());

        assertThatThrownBy(() -> Files.createFile(driver.target(volume).resolve("x")))
                .hasMessageContaining("Read-only");
        assertThatThrownBy(() -> driver.node()
                        .nodePublishVolume(publish.setReadonly(false).build()))
                .hasMessageContaining("ALREADY_EXISTS");
        driver.release(volume);
    }

    @Test
    void a_publication_that_was_cut_off_before_it_was_read_only_is_finished() throws IOException {
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        bindOnly(volume, mount());

        driver.node()
                .nodePublishVolume(
                        driver.publishRequest(volume, mount()).setReadonly(true).build());

        assertThatThrownBy(() -> Files.createFile(driver.target(volume).resolve("x")))
                .hasMessageContaining("Read-only");
        Files.createFile(driver.stagingPath(volume).resolve("still writable here"));
        driver.release(volume);
    }

    @Test
    void a_publication_that_was_cut_off_before_the_group_had_access_is_finished() throws IOException {
        VolumeCapability grouped = grouped();
        Volume volume = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        bindOnly(volume, grouped);

        Path target = driver.publish(volume, grouped);

        assertThat(Files.getAttribute(target, "unix:gid")).isEqualTo(4711);
        driver.release(volume);
    }

    /** What a driver has done that was killed as soon as the volume was at its target. */
    private void bindOnly(Volume volume, VolumeCapability capability) throws IOException {
        driver.stage(volume, capability);
        Files.createDirectories(driver.target(volume));
        Mounts.bind(driver.stagingPath(volume), driver.target(volume), false);
    }

    @Test
    void a_clone_that_was_mounted_by_a_call_that_was_cut_off_is_as_big_as_asked() throws IOException {
        Volume source = driver.create(request("source", 320 * MEBIBYTE, mount()));
        Volume clone = driver.create(request("clone", 480 * MEBIBYTE, mount()).setVolumeContentSource(cloneOf(source)));
        Path staging = Files.createDirectories(driver.stagingPath(clone));
        LoopDevices.attachWhileUsed(
                driver.image(clone), device -> Mounts.mount(device, staging, FileSystemType.XFS, List.of()));

        driver.stage(clone, mount());

        assertThat(Files.getFileStore(staging).getTotalSpace()).isGreaterThan(380 * MEBIBYTE);
        driver.release(clone);
    }

    private static VolumeCapability grouped() {
        return mount().toBuilder()
                .setMount(VolumeCapability.MountVolume.newBuilder().setVolumeMountGroup("4711"))
                .build();
    }

    @Test
    void a_pods_group_can_write_its_file_system_and_never_a_vms_disk() throws IOException {
        VolumeCapability grouped = grouped();
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));

        Path mounted = driver.publish(fileSystem, grouped);
        Path directoryOfDisk = driver.publish(disk, grouped);

        assertThat(Files.getAttribute(mounted, "unix:gid")).isEqualTo(4711);
        assertThat((Integer) Files.getAttribute(mounted, "unix:mode") & 02070).isEqualTo(02070);
        assertThat(Files.getAttribute(directoryOfDisk.resolve("disk.img"), "unix:gid"))
                .isEqualTo(107);
        driver.release(disk);
        driver.release(fileSystem);
    }

    @Test
    void nothing_is_published_that_is_not_staged() {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));

        assertThatThrownBy(() -> driver.node()
                        .nodePublishVolume(
                                driver.publishRequest(volume, mount()).build()))
                .hasMessageContaining("FAILED_PRECONDITION");
    }

    @Test
    void a_small_file_system_grows_when_it_is_staged_next() throws IOException {
        Volume volume = driver.create(request("small", 16 * MEBIBYTE, mount()));
        Path target = driver.publish(volume, mount());
        Files.writeString(target.resolve("letter"), "kept");
        try {
            driver.grow(volume, 48 * MEBIBYTE);
        } catch (StatusRuntimeException withoutCapability) {
            // Growing a mounted ext4 needs CAP_SYS_RESOURCE, which test machines may lack.
            assertThat(withoutCapability.getMessage()).contains("ermission denied");
        }
        driver.release(volume);

        Path again = driver.publish(volume, mount());

        assertThat(Files.getFileStore(again).getTotalSpace()).isGreaterThan(40 * MEBIBYTE);
        assertThat(again.resolve("letter")).hasContent("kept");
        driver.release(volume);
    }
}
