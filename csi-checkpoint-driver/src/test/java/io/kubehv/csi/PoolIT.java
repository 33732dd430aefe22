package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.cloneOf;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolHealth;
import io.kubehv.csi.pool.PoolOpener;
import io.kubehv.csi.pool.PoolTrouble;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.GetCapacityRequest;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pools on a disk with an ext4, which has no reflinks. */
class PoolIT {
    private static final long IMAGE_BYTES = 512 * MEBIBYTE;

    @TempDir
    Path directory;

    private Path disk;

    @BeforeEach
    void makeDisk() throws IOException {
        disk = Files.createDirectory(directory.resolve("disk"));
    }

    @AfterEach
    void unmount() throws IOException {
        DriverFixture.unmountAll(directory);
    }

    private void mountDisk(Path target, long bytes) throws IOException {
        Path image = directory.resolve("disk.img");
        if (Files.notExists(image)) {
            SparseFile.create(image, bytes);
            FileSystemType.EXT4.format(image);
        }
        LoopDevices.attachWhileUsed(image, device -> Mounts.mount(device, target, FileSystemType.EXT4, List.of()));
    }

    @Test
    void the_pool_promises_no_more_than_the_disk_below_its_image_has() throws Exception {
        mountDisk(disk, 1024 * MEBIBYTE);
        try (DriverFixture driver = new DriverFixture(disk)) {
            long before = capacity(driver);
            DriverFixture.allocate(disk.resolve("the node's own"), before - 64 * MEBIBYTE);

            assertThat(capacity(driver))
                    .isLessThan(before / 2)
                    .isLessThanOrEqualTo(Files.getFileStore(disk).getUsableSpace());
            assertThatThrownBy(() -> driver.create(diskRequest("disk", before / 2)))
                    .hasMessageContaining("RESOURCE_EXHAUSTED");
            DriverFixture.allocate(
                    disk.resolve("and more"), Files.getFileStore(disk).getUsableSpace() - MEBIBYTE);
            assertThat(new PoolHealth(driver.openPool()).trouble())
                    .hasValueSatisfying(trouble ->
                            assertThat(trouble).extracting(PoolTrouble::isFull).isEqualTo(true));
        }
    }

    private static long capacity(DriverFixture driver) {
        return driver.controller()
                .getCapacity(GetCapacityRequest.getDefaultInstance())
                .getAvailableCapacity();
    }

    @Test
    void a_disk_that_is_mounted_for_the_pool_gets_the_image_and_keeps_it() throws IOException {
        Path path = Files.createDirectory(directory.resolve("pool"));
        PoolOpener opener = new PoolOpener(path, directory.resolve("pool.xfs"), IMAGE_BYTES);
        mountDisk(path, 1024 * MEBIBYTE);

        Pool pool = opener.open();

        assertThat(pool.mode()).isEqualTo(Pool.Mode.REFLINK);
        assertThat(pool.image()).contains(directory.toRealPath().resolve("pool.disk/pool.xfs"));
        assertThat(directory.resolve("pool.xfs")).doesNotExist();
        Files.writeString(path.resolve("letter"), "kept");
        assertThat(opener.open()).isEqualTo(pool);

        // The node starts again.
        DriverFixture.unmountAll(directory);
        mountDisk(path, 0);
        assertThat(opener.open()).isEqualTo(pool);
        assertThat(path.resolve("letter")).hasContent("kept");
    }

    @Test
    void without_reflinks_a_volume_is_cloned_while_nobody_writes_it() throws IOException {
        mountDisk(disk, 200 * MEBIBYTE);
        try (DriverFixture driver = new DriverFixture(disk)) {
            assertThat(driver.openPool().mode()).isEqualTo(Pool.Mode.COPY);
            Volume source = driver.create(diskRequest("source", 16 * MEBIBYTE));
            Path published = driver.publish(source, mount()).resolve("disk.img");
            Files.writeString(published, "what a VM wrote", StandardOpenOption.WRITE);
            CreateVolumeRequest.Builder clone =
                    diskRequest("clone", 16 * MEBIBYTE).setVolumeContentSource(cloneOf(source));

            assertThatThrownBy(() -> driver.create(clone)).hasMessageContaining("FAILED_PRECONDITION");

            driver.release(source);
            assertThat(Files.readAllBytes(driver.image(driver.create(clone))))
                    .hasSize((int) (16 * MEBIBYTE))
                    .startsWith("what a VM wrote".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    @Test
    void without_reflinks_a_snapshot_is_a_copy_of_a_volume_that_nobody_writes() throws IOException {
        mountDisk(disk, 200 * MEBIBYTE);
        try (DriverFixture driver = new DriverFixture(disk)) {
            Volume source = driver.create(diskRequest("source", 16 * MEBIBYTE));
            Path published = driver.publish(source, mount()).resolve("disk.img");
            Files.writeString(published, "what a VM wrote", StandardOpenOption.WRITE);

            assertThatThrownBy(() -> driver.snapshot("snapshot", source))
                    .hasMessageContaining("FAILED_PRECONDITION")
                    .hasMessageContaining("no reflinks");
            assertThat(driver.pool().resolve("cutting")).isEmptyDirectory();

            driver.release(source);
            Snapshot snapshot = driver.snapshot("snapshot", source);
            Files.writeString(driver.image(source), "what came later", StandardOpenOption.WRITE);
            assertThat(FileStatus.of(driver.image(snapshot)).allocatedBytes()).isLessThan(MEBIBYTE);
            driver.revert(source, snapshot, "token");
            assertThat(Files.readString(driver.image(source))).startsWith("what a VM wrote");
        }
    }
}
