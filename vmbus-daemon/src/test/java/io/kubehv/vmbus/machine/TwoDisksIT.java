package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.hv.checkpoint.DiskWrites;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.disk.OwnDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two disks of a real guest that writes the same number to the first, then to the second, past its caches and to the end, and
 * then the next number: whoever sees both disks at one instant sees the second at most one behind the first, and never before
 * it. The disks are kept a while apart, so that an order that is not kept shows.
 */
class TwoDisksIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration APART = Duration.ofMillis(200);
    private static final int CHECKPOINTS = Integer.getInteger("kubehv.checkpoints", 8);
    private static final long DISK_BYTES = 8L << 20;
    private static final String WRITER = """
            i=0
            while :; do
              i=$((i+1))
              for to in %s %s; do
                printf '%%-511d\\n' $i | dd of=$to bs=512 count=1 iflag=fullblock oflag=direct conv=notrunc,fsync
              done
            done
            """;

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;
    private Path first;
    private Path second;

    @BeforeEach
    void boot() throws Exception {
        first = blank("first.img");
        second = blank("second.img");
        session = new SessionHarness(root, "u1", false, List.of(own("data"), own("first"), own("second")));
        session.volumes.betweenVolumes =
                () -> await().pollDelay(APART).atMost(SOON).until(() -> true);
        // The tiny guest takes the first blank disk for its own data.
        machine = new TestMachine(session.pods, "u1", root)
                .startGuestWithDisks(TestMachine.tinyDisk(root), List.of(blank("data.img"), first, second));
        var _ = session.volumeOf("memory-pod");
        session.awaitGuest(machine);
    }

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    private static OwnDisk own(String name) {
        return new OwnDisk(name, false, false, "web-" + name, "/disks/" + name);
    }

    private Path blank(String name) throws IOException {
        Path file = root.resolve(name);
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(DISK_BYTES);
        }
        return file;
    }

    private CheckpointOrder order(CheckpointType type, int number, String claims, @Nullable CheckpointCapture capture) {
        boolean withMemory = type == CheckpointType.STANDARD;
        return new CheckpointOrder(
                "shop",
                "number-" + number,
                "uid-" + number,
                "u1",
                type,
                withMemory,
                withMemory ? "memory-pod" : null,
                List.of(
                        new CheckpointDisk("first", claims + "first", first.toString(), null, null),
                        new CheckpointDisk("second", claims + "second", second.toString(), null, null)),
                false,
                capture);
    }

    private CheckpointCapture take(CheckpointType type, int number) {
        return take(type, number, "web-");
    }

    private CheckpointCapture take(CheckpointType type, int number, String claims) {
        int before = session.captures.size();
        session.checkpoint(order(type, number, claims, null));
        await().atMost(SOON)
                .until(() -> session.captures.size() > before
                        && List.of(Stage.COMPLETE, Stage.FAILED)
                                .contains(session.captures.getLast().stage()));
        assertThat(session.captures.getLast().stage()).isEqualTo(Stage.COMPLETE);
        return session.captures.getLast();
    }

    /** The guest writes to both disks, all over them, until it ends. */
    private void writeEverywhere() throws Exception {
        machine.inGuest(
                WRITER.formatted("/dev/vdc", "/dev/vdd").replace("count=1", "count=1 seek=$((i * 37 % 16384))"));
        session.volumes.betweenVolumes = () -> {};
        awaitWrites();
    }

    private void awaitWrites() {
        for (Path image : List.of(first, second)) {
            FileTime before = lastWrite(image);
            await().atMost(SOON).until(() -> !lastWrite(image).equals(before));
        }
    }

    private static FileTime lastWrite(Path image) {
        try {
            return Files.getLastModifiedTime(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> bitmaps() throws QmpException {
        try (QmpClient client = new QmpClient(machine.secondMonitor(), 1 << 20, QmpListener.NOBODY)) {
            var _ = client.connect(SOON);
            return client.execute("query-named-block-nodes", Map.of("flat", true), SOON)
                    .findValuesAsText("granularity");
        }
    }

    private static List<Path> kept(CheckpointCapture capture) {
        return capture.snapshots().stream()
                .map(Snapshot::snapshotHandle)
                .map(Path::of)
                .toList();
    }

    private static long number(byte[] block) {
        String text = new String(block, 0, Math.min(block.length, 511), StandardCharsets.US_ASCII).strip();
        return Long.parseLong(text);
    }

    private static long onDevice(Path image) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            byte[] block = new byte[512];
            file.readFully(block);
            return number(block);
        }
    }

    /** In the file system of an image, which needs no journal played back: it was frozen. */
    private long inFileSystem(Path image) throws Exception {
        Path mount = Files.createTempDirectory(root, "mount");
        run("mount", "-o", "loop,ro,noload", image.toString(), mount.toString());
        try {
            return number(Files.readAllBytes(mount.resolve("number")));
        } finally {
            run("umount", mount.toString());
        }
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }

    private void awaitWriter(Path image) {
        await().atMost(SOON).ignoreException(NumberFormatException.class).until(() -> onDevice(image) > 3);
    }

    @Test
    void standard_checkpoints_keep_the_order_of_writes_to_two_disks() throws Exception {
        machine.inGuest(WRITER.formatted("/dev/vdc", "/dev/vdd"));
        awaitWriter(second);
        List<Long> seen = new ArrayList<>();

        for (int i = 0; i < CHECKPOINTS; i++) {
            List<Path> disks = kept(take(CheckpointType.STANDARD, i));
            long one = onDevice(disks.getFirst());
            long other = onDevice(disks.getLast());
            assertThat(one - other)
                    .as("checkpoint %d: %d and %d", i, one, other)
                    .isBetween(0L, 1L);
            seen.add(one);
        }

        assertThat(seen).as("the guest goes on writing").isSorted().doesNotHaveDuplicates();
    }

    /** The driver's part brings its copies up by what it is told alone, and the guest writes all over both disks meanwhile. */
    @ParameterizedTest
    @EnumSource(names = {"STANDARD", "PRODUCTION"})
    void what_the_guest_writes_while_its_disks_are_copied_ahead_is_in_the_checkpoint(CheckpointType type)
            throws Exception {
        writeEverywhere();
        session.volumes.copiesAhead = true;
        session.volumes.betweenVolumes = () -> {};

        for (int i = 0; i < CHECKPOINTS; i++) {
            session.volumes.calls.clear();
            session.volumes.whileAhead.addAll(List.of(this::awaitWrites, this::awaitWrites));

            List<Path> disks = kept(take(type, i));

            assertThat(disks).hasSize(2);
            assertThat(session.volumes.whileAhead).isEmpty();
            assertThat(session.volumes.calls)
                    .as("what was written is told")
                    .contains("ahead checkpoint-uid-%d-%s told"
                            .formatted(i, type.name().toLowerCase(Locale.ROOT)));
            assertThat(session.volumes.differences)
                    .as("where the copies differ from the disks of a guest that stands still")
                    .isEmpty();
        }
        assertThat(bitmaps()).as("what QEMU goes on noting").isEmpty();
    }

    @Test
    void a_disk_of_another_claim_is_none_of_the_checkpoints_and_not_told_of() throws Exception {
        writeEverywhere();
        session.volumes.copiesAhead = true;

        var _ = take(CheckpointType.STANDARD, 1, "lab-");

        assertThat(session.volumes.calls)
                .containsExactly(
                        "ahead checkpoint-uid-1-standard",
                        "ahead checkpoint-uid-1-standard",
                        "cut checkpoint-uid-1-standard");
        assertThat(session.volumes.differences).isEmpty();
    }

    @Test
    void what_an_earlier_life_of_the_daemon_had_noted_is_noted_no_more() throws Exception {
        try (QmpClient client = new QmpClient(machine.secondMonitor(), 1 << 20, QmpListener.NOBODY)) {
            var _ = client.connect(SOON);
            new DiskWrites(client, root, "/run/kubehv/disk-writes.sock", SOON).begin(List.of("first", "second"));
        }
        assertThat(bitmaps()).hasSize(2);

        session.restartDaemon();
        session.checkpoint(order(
                CheckpointType.STANDARD, 1, "web-", CheckpointCapture.of(Stage.STARTED, CheckpointType.STANDARD)));

        await().atMost(SOON)
                .until(() -> !session.captures.isEmpty()
                        && session.captures.getLast().stage() == Stage.FAILED);
        assertThat(bitmaps()).isEmpty();
    }

    @Test
    void production_checkpoints_keep_the_order_of_writes_to_two_file_systems() throws Exception {
        machine.inGuest("for d in c d; do /sbin/mke2fs -q -t ext4 /dev/vd$d && mkdir /$d && mount /dev/vd$d /$d; done; "
                + WRITER.formatted("/c/number", "/d/number")
                        .replace("  done\n", "  done\n  [ $i != 3 ] || echo third > /dev/ttyS0\n"));
        await().atMost(SOON).until(() -> machine.console().contains("third"));
        List<Long> seen = new ArrayList<>();

        for (int i = 0; i < CHECKPOINTS; i++) {
            List<Path> disks = kept(take(CheckpointType.PRODUCTION, i));
            long one = inFileSystem(disks.getFirst());
            long other = inFileSystem(disks.getLast());
            assertThat(one - other)
                    .as("checkpoint %d: %d and %d", i, one, other)
                    .isBetween(0L, 1L);
            seen.add(one);
        }

        assertThat(seen).as("the guest goes on writing").isSorted().doesNotHaveDuplicates();
    }
}
