package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.MEBIBYTE;
import static io.kubehv.csi.DriverFixture.block;
import static io.kubehv.csi.DriverFixture.cloneOf;
import static io.kubehv.csi.DriverFixture.diskRequest;
import static io.kubehv.csi.DriverFixture.mount;
import static io.kubehv.csi.DriverFixture.request;
import static io.kubehv.csi.GrpcAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.GetCapacityRequest;
import io.kubehv.csi.proto.ListVolumesRequest;
import io.kubehv.csi.proto.Topology;
import io.kubehv.csi.proto.TopologyRequirement;
import io.kubehv.csi.proto.Volume;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Creating, cloning and deleting, on a real XFS and over the real socket. */
class VolumesIT extends WithDriver {
    @Test
    void a_volume_is_made_once_however_often_it_is_asked_for() throws IOException {
        CreateVolumeRequest.Builder asked = diskRequest("disk", 16 * MEBIBYTE);
        Volume first = driver.create(asked);

        assertThat(driver.create(asked)).isEqualTo(first);
        driver.restart();
        assertThat(driver.create(asked)).isEqualTo(first);
        assertThat(volumes()).containsExactly(first.getVolumeId());
        assertThat(Files.size(driver.image(first))).isEqualTo(16 * MEBIBYTE);
    }

    @Test
    void a_name_does_not_change_its_meaning() {
        driver.create(diskRequest("disk", 16 * MEBIBYTE));

        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.create(diskRequest("disk", 32 * MEBIBYTE)));
        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.create(request("disk", 16 * MEBIBYTE, mount())));
        assertStatus(Status.Code.ALREADY_EXISTS, () -> driver.create(request("disk", 16 * MEBIBYTE, block())));
    }

    @Test
    void a_volume_is_deleted_as_often_as_one_likes() throws IOException {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));

        delete(volume);
        delete(volume);
        driver.restart();
        delete(volume);

        assertThat(volumes()).isEmpty();
        assertThat(entries("volumes")).isEmpty();
        assertThat(entries("deleting")).isEmpty();
    }

    @Test
    void a_volume_in_use_is_not_deleted() {
        Volume volume = driver.create(diskRequest("disk", 16 * MEBIBYTE));
        driver.publish(volume, mount());

        assertStatus(Status.Code.FAILED_PRECONDITION, () -> delete(volume));

        driver.release(volume);
        delete(volume);
    }

    @Test
    void a_block_volume_that_is_staged_is_not_deleted_and_keeps_its_loop_device() throws IOException {
        Volume volume = driver.create(request("block", 16 * MEBIBYTE, block()));
        driver.stage(volume, block());

        assertStatus(Status.Code.FAILED_PRECONDITION, () -> delete(volume));

        assertThat(LoopDevices.find(driver.image(volume))).isPresent();
        driver.release(volume);
        delete(volume);
    }

    @Test
    void a_clone_has_its_sources_bytes_and_shares_them() throws IOException {
        Volume source = driver.create(diskRequest("source", 64 * MEBIBYTE));
        byte[] random = new byte[(int) (32 * MEBIBYTE)];
        new Random(1).nextBytes(random);
        Files.write(driver.image(source), random, StandardOpenOption.WRITE);
        long before = free();

        Volume clone = driver.create(diskRequest("clone", 96 * MEBIBYTE).setVolumeContentSource(cloneOf(source)));

        byte[] bytes = Files.readAllBytes(driver.image(clone));
        assertThat(bytes).hasSize((int) (96 * MEBIBYTE)).startsWith(random);
        assertThat(before - free()).isLessThan(8 * MEBIBYTE);
        // What is written to one is not seen in the other, and the source may go.
        Files.write(driver.image(clone), new byte[4096], StandardOpenOption.WRITE);
        assertThat(Files.readAllBytes(driver.image(source))).startsWith(random);
        delete(source);
        assertThat(Files.readAllBytes(driver.image(clone))).endsWith(new byte[(int) (32 * MEBIBYTE)]);
    }

    @Test
    void a_clone_of_a_file_system_in_use_has_what_was_written_and_is_as_big_as_asked() throws IOException {
        Volume source = driver.create(request("source", 320 * MEBIBYTE, mount()));
        Path data = driver.publish(source, mount());
        Files.writeString(data.resolve("letter"), "not synced by its writer");

        Volume clone = driver.create(request("clone", 480 * MEBIBYTE, mount()).setVolumeContentSource(cloneOf(source)));
        Path copy = driver.publish(clone, mount());

        assertThat(copy.resolve("letter")).hasContent("not synced by its writer");
        assertThat(Files.getFileStore(copy).getTotalSpace()).isGreaterThan(380 * MEBIBYTE);
        driver.release(clone);
        driver.release(source);
    }

    @Test
    void a_source_that_is_not_here_is_looked_for_elsewhere() {
        Volume source = driver.create(diskRequest("source", 16 * MEBIBYTE));
        delete(source);
        CreateVolumeRequest.Builder clone = diskRequest("clone", 16 * MEBIBYTE).setVolumeContentSource(cloneOf(source));

        assertStatus(Status.Code.NOT_FOUND, () -> driver.create(clone));
        clone.setAccessibilityRequirements(TopologyRequirement.newBuilder()
                .addRequisite(Topology.newBuilder().putSegments("topology.kubehv.io/node", "test-node")));
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.create(clone));
    }

    @Test
    void the_pool_promises_what_it_has_and_no_more() throws IOException {
        long available = capacity();
        Volume half = driver.create(diskRequest("half", available / 2 / 4096 * 4096));

        assertThat(capacity()).isBetween(0L, available / 2 + MEBIBYTE);
        assertStatus(
                Status.Code.RESOURCE_EXHAUSTED,
                () -> driver.create(diskRequest("more", available / 2 + 64 * MEBIBYTE)));
        assertThat(volumes()).containsExactly(half.getVolumeId());
        assertThat(entries("creating")).isEmpty();
        assertThat(FileStatus.of(driver.image(half)).allocatedBytes()).isLessThan(MEBIBYTE);
    }

    @Test
    void a_full_disk_leaves_no_partial_volume() throws IOException {
        fillPool();

        assertStatus(Status.Code.RESOURCE_EXHAUSTED, () -> driver.create(request("fs", 320 * MEBIBYTE, mount())));

        assertThat(entries("creating")).isEmpty();
        assertThat(entries("volumes")).isEmpty();
        Files.delete(driver.pool().resolve("ballast"));
        // XFS gives the room of a deleted file back a moment later.
        Awaitility.await("room")
                .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
                .untilAsserted(() -> assertThat(driver.create(request("fs", 320 * MEBIBYTE, mount()))
                                .getCapacityBytes())
                        .isEqualTo(320 * MEBIBYTE));
    }

    @Test
    void the_same_request_many_times_at_once_makes_one_volume() throws Exception {
        List<String> ids = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                calls.add(() -> createOrBusy("disk"));
            }
            for (Future<String> answer : callers.invokeAll(calls)) {
                ids.add(answer.get());
            }
        }
        ids.removeIf(String::isEmpty);

        assertThat(ids).isNotEmpty();
        assertThat(volumes()).containsExactly(ids.getFirst()).containsAll(ids);
    }

    /** The id, or nothing where the caller is told to come again. */
    private String createOrBusy(String name) {
        try {
            return driver.create(diskRequest(name, 16 * MEBIBYTE)).getVolumeId();
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
            return "";
        }
    }

    private void fillPool() throws IOException {
        Path ballast = driver.pool().resolve("ballast");
        byte[] chunk = new byte[(int) MEBIBYTE];
        try (var out = Files.newOutputStream(ballast)) {
            for (long left = free() - 8 * MEBIBYTE; left > 0; left -= chunk.length) {
                out.write(chunk);
            }
        }
    }

    private long free() throws IOException {
        return Files.getFileStore(driver.pool()).getUsableSpace();
    }

    private long capacity() {
        return driver.controller()
                .getCapacity(GetCapacityRequest.getDefaultInstance())
                .getAvailableCapacity();
    }

    private void delete(Volume volume) {
        driver.delete(volume);
    }

    private List<String> volumes() {
        return driver.controller().listVolumes(ListVolumesRequest.getDefaultInstance()).getEntriesList().stream()
                .map(entry -> entry.getVolume().getVolumeId())
                .toList();
    }

    private List<Path> entries(String kind) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream =
                Files.newDirectoryStream(driver.pool().resolve(kind))) {
            stream.forEach(found::add);
        }
        return found;
    }
}
