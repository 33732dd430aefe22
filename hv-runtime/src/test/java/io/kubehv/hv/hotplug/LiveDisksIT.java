package io.kubehv.hv.hotplug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.DescriptorMonitor;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RecordingListener;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the machine's QEMU, in the sandbox that VMs have, without rights on the files that it is handed. */
class LiveDisksIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final long MIB = 1L << 20;
    private static final DiskSettings WRITABLE = new DiskSettings(false, null);

    @TempDir
    private Path directory;

    private Process qemu;
    private QmpClient client;
    private LiveDisks disks;

    @BeforeEach
    void start() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path socket = directory.resolve("qmp.sock");
        Path descriptors = directory.resolve("descriptors.sock");
        qemu = new ProcessBuilder(List.of(
                        "setpriv",
                        "--reuid=107",
                        "--regid=107",
                        "--clear-groups",
                        "--bounding-set=-all",
                        "--no-new-privs",
                        System.getProperty("kubehv.qemu", "qemu-system-x86_64"),
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-machine",
                        "q35",
                        "-accel",
                        "tcg",
                        "-m",
                        "64",
                        "-sandbox",
                        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                        "-object",
                        "iothread,id=io-0",
                        "-device",
                        "virtio-scsi-pci,id=scsi,iothread=io-0",
                        "-device",
                        "scsi-cd,id=dvd-d-device,bus=scsi.0,scsi-id=0",
                        "-qmp",
                        "unix:" + socket + ",server=on,wait=off",
                        "-chardev",
                        "socket,id=descriptors,path=" + descriptors + ",server=on,wait=off",
                        "-mon",
                        "chardev=descriptors,mode=control"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu.log").toFile())
                .start();
        client = new QmpClient(socket, new RecordingListener());
        await().atMost(TIMEOUT).until(() -> Files.exists(socket) && Files.exists(descriptors));
        client.connect(TIMEOUT);
        disks = disks();
    }

    private LiveDisks disks() {
        return new LiveDisks(client, new DescriptorMonitor(directory.resolve("descriptors.sock"), TIMEOUT), TIMEOUT);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        qemu.destroyForcibly().waitFor();
    }

    private void connectAgain() throws Exception {
        client.close();
        client = new QmpClient(directory.resolve("qmp.sock"), new RecordingListener());
        client.connect(TIMEOUT);
        disks = disks();
    }

    /** Only root, as which the test runs, may open it by its name. */
    private Path file(String name, long bytes) throws Exception {
        Path file = directory.resolve(name);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(bytes);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static Origin origin(String node) {
        return new Origin(node, "0b7d", "vm-attach-a", "data");
    }

    private void add(String name, DiskSettings settings, Path path) throws Exception {
        try (OpenFile file = OpenFile.of(path, settings.readOnly())) {
            disks.add(name, settings, file, origin("disk-" + name));
        }
    }

    private void remove(String name) {
        await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(5)).until(() -> disks.remove(name));
    }

    @Test
    void a_disk_that_QEMU_could_not_open_comes_and_goes_a_hundred_times_and_leaves_nothing() throws Exception {
        Path path = file("disk.img", 8 * MIB);
        client.execute("cont", Map.of(), TIMEOUT);
        long before = 0;
        for (int i = 0; i < 100; i++) {
            if (i == 50) {
                // Not earlier: the firmware's drivers have QEMU open some for its devices' queues.
                before = descriptors();
            }
            add("a", WRITABLE, path);
            assertThat(disks.present())
                    .containsExactly(new PresentDisk(
                            "a", false, true, disks.present().getFirst().path(), 8 * MIB, origin("disk-a"), true));
            remove("a");
            assertThat(disks.present()).isEmpty();
        }
        assertThat(client.execute("query-fdsets", Map.of(), TIMEOUT)).isEmpty();
        long wanted = before;
        await("open files of QEMU")
                .atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(wanted));
    }

    private long descriptors() throws Exception {
        try (var open = Files.list(Path.of("/proc/" + qemu.pid() + "/fd"))) {
            return open.count();
        }
    }

    @Test
    void what_came_while_the_machine_ran_is_told_from_what_it_started_with() throws Exception {
        add("a", WRITABLE, file("a.img", MIB));
        BlockMonitor monitor = new BlockMonitor(client, TIMEOUT);
        assertThat(monitor.cameWhileRunning("disk-a-device")).isTrue();
        assertThat(monitor.cameWhileRunning("dvd-d-device")).isFalse();
        assertThat(monitor.cameWhileRunning("disk-nonesuch-device")).isFalse();
    }

    @Test
    void a_disk_with_limits_and_a_read_only_one_are_there_at_once_and_leave_one_by_one() throws Exception {
        add("a", new DiskSettings(false, 500L), file("a.img", MIB));
        add("b", new DiskSettings(true, null), file("b.img", MIB));
        assertThat(disks.present()).extracting(PresentDisk::name).containsExactlyInAnyOrder("a", "b");
        remove("a");
        assertThat(disks.present()).extracting(PresentDisk::name).containsExactly("b");
        add("a", new DiskSettings(false, 500L), file("a.img", MIB));
        remove("b");
        remove("a");
        assertThat(disks.present()).isEmpty();
    }

    @Test
    void what_was_left_half_way_is_seen_and_cleared_by_the_next_daemon() throws Exception {
        Path path = file("disk.img", MIB);
        client.execute("blockdev-add", Map.of("driver", "null-co", "node-name", "disk-a", "size", MIB), TIMEOUT);
        try (OpenFile file = OpenFile.of(path, false)) {
            new DescriptorMonitor(directory.resolve("descriptors.sock"), TIMEOUT)
                    .give(file, origin("disk-a").label());
        }
        connectAgain();
        assertThat(disks.present()).extracting(PresentDisk::plugged).containsExactly(false);
        remove("a");
        assertThat(client.execute("query-fdsets", Map.of(), TIMEOUT)).isEmpty();
        add("a", WRITABLE, path);
        connectAgain();
        assertThat(disks.present()).extracting(PresentDisk::origin).containsExactly(origin("disk-a"));
    }

    @Test
    void a_disk_that_QEMU_refuses_leaves_nothing() throws Exception {
        Path path = file("disk.img", MIB);
        DiskSettings nonsense = new DiskSettings(false, -5L);
        assertThatThrownBy(() -> add("a", nonsense, path)).isInstanceOf(QmpException.class);
        remove("a");
        assertThat(disks.present()).isEmpty();
        assertThat(client.execute("query-fdsets", Map.of(), TIMEOUT)).isEmpty();
    }

    @Test
    void the_size_that_a_file_has_by_now_is_asked_of_QEMU() throws Exception {
        Path path = file("disk.img", MIB);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        disks.add("a", WRITABLE, path.toString(), false);
        file("disk.img", 3 * MIB);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(disks.present()).extracting(PresentDisk::bytes).containsExactly(MIB);
        assertThat(disks.fileSize(path.toString())).isEqualTo(3 * MIB);
        assertThat(disks.present()).hasSize(1);
    }

    @Test
    void a_link_in_the_place_of_a_disk_is_refused() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file("disk.img", MIB));
        assertThatThrownBy(() -> add("a", WRITABLE, link)).hasMessageContaining("not a regular file");
    }

    @Test
    void a_medium_is_put_in_and_taken_out_a_hundred_times() throws Exception {
        Path path = file("install.iso", MIB);
        client.execute("cont", Map.of(), TIMEOUT);
        for (int i = 0; i < 100; i++) {
            try (OpenFile file = OpenFile.of(path, true)) {
                disks.insert("d", file, origin("dvd-d"));
            }
            assertThat(disks.present()).hasSize(1).allMatch(medium -> medium.dvd() && medium.plugged());
            await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(5)).until(() -> disks.eject("d", false));
            assertThat(disks.present()).isEmpty();
        }
        assertThat(client.execute("query-fdsets", Map.of(), TIMEOUT)).isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(longs = 500)
    void a_disk_grows_with_its_file(Long maximumIops) throws Exception {
        Path path = file("disk.img", MIB);
        add("a", new DiskSettings(false, maximumIops), path);
        file("disk.img", 3 * MIB);
        disks.resize(disks.present().getFirst(), 3 * MIB);
        assertThat(disks.present()).extracting(PresentDisk::bytes).containsExactly(3 * MIB);
        assertThat(Files.size(path)).isEqualTo(3 * MIB);
    }
}
