package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.DriverFixture.restoreOf;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kubehv.csi.proto.ControllerModifyVolumeRequest;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.Volume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A volume that gets a snapshot's data in place of its own. */
class RevertIT extends WithDriver {
    @Test
    void a_volume_goes_back_and_forth_between_snapshots_that_stay_as_they_are() throws IOException {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        write(disk, "one");
        Snapshot one = driver.snapshot("one", disk);
        write(disk, "two");
        Snapshot two = driver.snapshot("two", disk);
        write(disk, "now");

        driver.revert(disk, one, "a");
        assertThat(read(driver.image(disk))).isEqualTo("one");
        write(disk, "branch");
        driver.revert(disk, two, "b");
        assertThat(read(driver.image(disk))).isEqualTo("two");

        assertThat(read(driver.image(one))).isEqualTo("one");
        assertThat(read(driver.image(two))).isEqualTo("two");
        // It is a VM's disk as before: its owner's, alone in its directory.
        Path published = driver.publish(disk, mount());
        assertThat(read(published.resolve("disk.img"))).isEqualTo("two");
        assertThat(Files.getAttribute(published.resolve("disk.img"), "unix:uid"))
                .isEqualTo(107);
        driver.release(disk);
        assertThat(driver.pool().resolve("creating")).isEmptyDirectory();
    }

    @Test
    void one_token_reverts_once() throws IOException {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        write(disk, "one");
        Snapshot one = driver.snapshot("one", disk);
        Snapshot other = driver.snapshot("other", disk);
        driver.revert(disk, one, "uid-1");
        write(disk, "since");

        driver.revert(disk, one, "uid-1");
        assertThat(read(driver.image(disk))).isEqualTo("since");
        driver.restart();
        driver.revert(disk, one, "uid-1");
        assertThat(read(driver.image(disk))).isEqualTo("since");
        // Also where the snapshot is gone by now, and while a pod uses the volume.
        driver.publish(disk, mount());
        driver.delete(one);
        driver.revert(disk, one, "uid-1");
        driver.release(disk);
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.revert(disk, other, "uid-1"));
        driver.revert(disk, other, "uid-2");
        assertThat(read(driver.image(disk))).isEqualTo("one");
    }

    @Test
    void a_volume_that_is_staged_or_published_stays_as_it_is() throws IOException {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        write(disk, "one");
        Snapshot ofDisk = driver.snapshot("disk", disk);
        Snapshot ofFileSystem = driver.snapshot("fs", fileSystem);
        write(disk, "now");

        driver.stage(disk, mount());
        assertStatus(Status.Code.FAILED_PRECONDITION, () -> driver.revert(disk, ofDisk, "a"));
        driver.publish(disk, mount());
        assertStatus(Status.Code.FAILED_PRECONDITION, () -> driver.revert(disk, ofDisk, "a"));
        driver.stage(fileSystem, mount());
        assertStatus(Status.Code.FAILED_PRECONDITION, () -> driver.revert(fileSystem, ofFileSystem, "a"));

        assertThat(read(driver.image(disk))).isEqualTo("now");
        driver.release(disk);
        driver.release(fileSystem);
        driver.revert(disk, ofDisk, "a");
        driver.revert(fileSystem, ofFileSystem, "a");
        assertThat(read(driver.image(disk))).isEqualTo("one");
    }

    @Test
    void a_volume_that_has_grown_since_keeps_its_size() throws IOException {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        write(disk, "one");
        Snapshot small = driver.snapshot("small", disk);
        driver.expand(disk, 32 * MEBIBYTE);
        Snapshot large = driver.snapshot("large", disk);

        driver.revert(disk, small, "a");

        assertThat(read(driver.image(disk))).isEqualTo("one");
        assertThat(Files.size(driver.image(disk))).isEqualTo(32 * MEBIBYTE);
        assertThat(Files.size(driver.image(small))).isEqualTo(16 * MEBIBYTE);
        Volume copy = driver.create(diskRequest("copy", 16 * MEBIBYTE).setVolumeContentSource(restoreOf(small)));
        assertStatus(Status.Code.OUT_OF_RANGE, () -> driver.revert(copy, large, "a"));
        driver.revert(copy, small, "a");
    }

    @Test
    void what_is_wrong_with_a_revert_is_said() {
        Volume disk = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        Volume fileSystem = driver.create(request("fs", 320 * MEBIBYTE, mount()));
        Snapshot snapshot = driver.snapshot("one", disk);

        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.revert(fileSystem, snapshot, "a"));
        assertStatus(Status.Code.INVALID_ARGUMENT, () -> driver.revert(disk, snapshot, ""));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                () -> modify(disk, Map.of("kubehv.io/revert-to-snapshot", snapshot.getSnapshotId())));
        assertStatus(
                Status.Code.INVALID_ARGUMENT,
                () -> modify(disk, Map.of("kubehv.io/revert-to-snapshot", "x", "kubehv.io/revert-token", "a")));
        driver.delete(snapshot);
        assertStatus(Status.Code.NOT_FOUND, () -> driver.revert(disk, snapshot, "a"));
    }

    private void modify(Volume volume, Map<String, String> parameters) {
        assertThat(driver.controller()
                        .controllerModifyVolume(ControllerModifyVolumeRequest.newBuilder()
                                .setVolumeId(volume.getVolumeId())
                                .putAllMutableParameters(parameters)
                                .build()))
                .isNotNull();
    }

    private void write(Volume volume, String text) throws IOException {
        Files.write(
                driver.image(volume),
                (text + "                ").substring(0, 16).getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.WRITE);
    }

    private static String read(Path image) throws IOException {
        try (var in = Files.newInputStream(image)) {
            return new String(in.readNBytes(16), StandardCharsets.UTF_8).strip();
        }
    }
}
