package io.kubehv.hv.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qemu.DiskNames;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RecordingListener;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the machine's QEMU, in the sandbox that VMs have; what a guest would write is written by QEMU's own tool. */
class DiskWritesIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final long MIB = 1L << 20;
    private static final long GRANULE = 1 << 16;
    /** More than one request of NBD's can ask for. */
    private static final long BYTES = 5L << 30;

    private static final Set<String> BOTH = Set.of("one", "other");

    @TempDir
    private Path directory;

    private Process qemu;
    private QmpClient client;
    private DiskWrites writes;

    @BeforeEach
    void start() throws Exception {
        start(List.of());
    }

    private void start(List<String> more) throws Exception {
        Path socket = directory.resolve("qmp.sock");
        List<String> command = new ArrayList<>(List.of(
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
                "-device",
                "virtio-scsi-pci,id=scsi",
                "-qmp",
                "unix:" + socket + ",server=on,wait=off"));
        for (String name : BOTH) {
            try (RandomAccessFile file = new RandomAccessFile(image(name).toFile(), "rw")) {
                file.setLength(BYTES);
            }
            String node = DiskNames.disk(name);
            command.addAll(List.of(
                    "-blockdev",
                    "driver=file,discard=unmap,detect-zeroes=unmap,node-name=" + node + ",filename=" + image(name),
                    "-device",
                    "scsi-hd,bus=scsi.0,drive=" + node + ",id=" + DiskNames.device(node)));
        }
        command.addAll(more);
        qemu = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu.log").toFile())
                .start();
        await().atMost(TIMEOUT).until(() -> Files.exists(socket));
        client = new QmpClient(socket, new RecordingListener());
        client.connect(TIMEOUT);
        writes = writes();
    }

    private DiskWrites writes() {
        Path nbd = directory.resolve("disk-writes.sock");
        return new DiskWrites(client, nbd, nbd.toString(), TIMEOUT);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        qemu.destroyForcibly().waitFor();
    }

    private Path image(String name) {
        return directory.resolve(name + ".img");
    }

    /** Does to the disk what the command of qemu-io says. */
    private void io(String disk, String command) throws Exception {
        String device = DiskNames.device(DiskNames.disk(disk));
        JsonNode answer = client.execute(
                "human-monitor-command",
                Map.of("command-line", "qemu-io -d " + device + " \"" + command + "\""),
                TIMEOUT);
        assertThat(answer.asText()).as(command).isEmpty();
    }

    private List<String> bitmaps() throws Exception {
        List<String> names = new ArrayList<>();
        for (JsonNode node : client.execute("query-named-block-nodes", Map.of("flat", true), TIMEOUT)) {
            node.path("dirty-bitmaps")
                    .forEach(bitmap -> names.add(bitmap.path("name").asText()));
        }
        return names;
    }

    private static WrittenRange granules(long offset, long count) {
        return new WrittenRange(offset, count * GRANULE);
    }

    @Test
    void what_is_written_trimmed_and_zeroed_is_told_once() throws Exception {
        assertThat(writes.areTold()).isTrue();
        io("one", "write -q 100M 4k");
        writes.begin(BOTH);
        io("one", "write -q 4k 4k");
        io("one", "discard -q 10M 1M");
        io("one", "write -q -z 30M 100k");
        io("one", "write -q %d 64k".formatted(BYTES - GRANULE));
        io("other", "write -q 3000M 1M");

        Map<String, List<WrittenRange>> told = writes.take(BOTH);

        assertThat(told.get("one"))
                .containsExactly(
                        granules(0, 1), granules(10 * MIB, 16), granules(30 * MIB, 2), granules(BYTES - GRANULE, 1));
        assertThat(told.get("other")).containsExactly(granules(3000 * MIB, 16));
        io("one", "write -q 64k 4k");
        assertThat(writes.take(BOTH))
                .containsOnlyKeys("one", "other")
                .containsEntry("one", List.of(granules(GRANULE, 1)))
                .containsEntry("other", List.of());
    }

    @Test
    void a_guest_that_stands_still_is_told_of_and_one_whose_disk_grew() throws Exception {
        writes.begin(BOTH);
        try (RandomAccessFile file = new RandomAccessFile(image("one").toFile(), "rw")) {
            file.setLength(BYTES + MIB);
        }
        var _ = client.execute("block_resize", Map.of("node-name", "disk-one", "size", BYTES + MIB), TIMEOUT);
        io("one", "write -q %d 4k".formatted(BYTES + GRANULE));
        var _ = client.execute("stop", Map.of(), TIMEOUT);

        assertThat(writes.take(Set.of("one"))).containsEntry("one", List.of(granules(BYTES + GRANULE, 1)));
    }

    @Test
    void a_large_disk_is_told_of_more_coarsely() throws Exception {
        long huge = 8L << 40;
        try (RandomAccessFile file = new RandomAccessFile(image("one").toFile(), "rw")) {
            file.setLength(huge);
        }
        var _ = client.execute("block_resize", Map.of("node-name", "disk-one", "size", huge), TIMEOUT);
        writes.begin(BOTH);
        io("one", "write -q 4T 4k");
        io("other", "write -q 0 4k");

        assertThat(writes.take(BOTH))
                .containsEntry("one", List.of(new WrittenRange(huge / 2, 2 * MIB)))
                .containsEntry("other", List.of(granules(0, 1)));
    }

    @Test
    void nothing_is_left_at_the_end_and_what_another_daemon_left_goes_at_the_next_beginning() throws Exception {
        writes.begin(BOTH);
        io("one", "write -q 0 4k");
        assertThat(writes.take(BOTH)).isNotEmpty();
        assertThat(bitmaps()).hasSize(4);
        writes.end();
        assertThat(bitmaps()).isEmpty();
        assertThat(directory.resolve("disk-writes.sock")).doesNotExist();
        writes.end();

        writes.begin(BOTH);
        assertThat(writes.take(BOTH)).isNotEmpty();
        DiskWrites next = writes();
        next.begin(Set.of("one"));
        assertThat(bitmaps()).hasSize(1);
        io("one", "write -q 1M 4k");
        assertThat(next.take(Set.of("one"))).containsEntry("one", List.of(granules(MIB, 1)));
        next.end();
        assertThat(bitmaps()).isEmpty();
    }

    @Test
    void a_disk_that_is_not_there_is_refused_and_nothing_is_noted_of_the_others() throws Exception {
        assertThatThrownBy(() -> writes.begin(List.of("one", "third")))
                .isInstanceOf(QmpCommandException.class)
                .hasMessageContaining("third");
        assertThat(bitmaps()).isEmpty();
    }

    @Test
    void many_ranges_become_fewer_that_have_all_of_them() throws Exception {
        List<WrittenRange> ranges = new ArrayList<>();
        writes.begin(Set.of("one"));
        for (int i = 0; i < 50; i++) {
            // Pairs, far apart.
            long at = (i / 2) * (8 * MIB) + (i % 2) * (2 * GRANULE);
            io("one", "write -q %d 4k".formatted(at));
            ranges.add(granules(at, 1));
        }

        List<WrittenRange> told = writes.take(Set.of("one")).get("one");

        assertThat(told).isEqualTo(ranges);
        assertThat(WrittenRange.atMost(50, told)).isEqualTo(ranges);
        assertThat(WrittenRange.atMost(30, told)).hasSize(25).contains(granules(0, 3), granules(8 * MIB, 3));
        assertThat(WrittenRange.atMost(1, told)).containsExactly(new WrittenRange(0, 24 * 8 * MIB + 3 * GRANULE));
    }
}
