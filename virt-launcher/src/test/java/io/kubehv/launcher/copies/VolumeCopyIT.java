package io.kubehv.launcher.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.definition.CopyDefinition;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.Progress;
import io.kubehv.launcher.imports.QemuImg;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies with the real qemu-img, of real directories and block devices. */
class VolumeCopyIT {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path source;
    private Path target;
    private byte[] content;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void prepare() throws IOException {
        source = Files.createDirectory(directory.resolve("source"));
        target = Files.createDirectory(directory.resolve("target"));
        content = new byte[6 * MIB];
        new Random(7).nextBytes(content);
        Arrays.fill(content, MIB, 4 * MIB, (byte) 0);
    }

    private void copy(Path from, Path to) throws ImportException, IOException {
        var _ = new VolumeCopy(
                        new CopyDefinition(List.of(new CopyDefinition.Volume("root", from.toString(), to.toString()))),
                        new QemuImg("qemu-img"),
                        new Progress(new PrintStream(log, true, StandardCharsets.UTF_8), InstantSource.system()))
                .run();
    }

    @Test
    void a_disk_becomes_what_it_was_with_holes_and_as_large_as_it_is() throws Exception {
        Files.write(source.resolve("disk.img"), content);
        byte[] grown = new byte[8 * MIB];
        Arrays.fill(grown, (byte) 9);
        Files.write(target.resolve("disk.img"), grown);

        copy(source, target);

        byte[] copied = Files.readAllBytes(target.resolve("disk.img"));
        assertThat(copied).hasSize(8 * MIB);
        assertThat(Arrays.copyOf(copied, content.length)).isEqualTo(content);
        assertThat(Arrays.copyOfRange(copied, content.length, copied.length)).containsOnly(0);
        assertThat(blocks(target.resolve("disk.img"))).isLessThan(5L * MIB);
        assertThat(Files.readAllBytes(source.resolve("disk.img"))).isEqualTo(content);
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("\"percent\":");
    }

    private static long blocks(Path file) throws IOException {
        Process process = new ProcessBuilder("du", "-B1", file.toString()).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Long.parseLong(said.substring(0, said.indexOf('\t')));
    }

    @Test
    void what_a_machine_remembers_is_what_it_was_and_no_more() throws Exception {
        Files.createDirectories(source.resolve("firmware"));
        Files.writeString(source.resolve("firmware/variables"), "then");
        Files.createDirectories(source.resolve("tpm"));
        Files.createDirectories(source.resolve("lost+found"));
        Files.createDirectories(target.resolve("firmware/later"));
        Files.writeString(target.resolve("firmware/later/file"), "now");
        Files.writeString(target.resolve("firmware/variables"), "now");
        Files.writeString(target.resolve("memory"), "now");
        Files.createDirectories(target.resolve("lost+found"));

        copy(source, target);
        // As after an end between the copy and its being noted.
        copy(source, target);

        assertThat(target.resolve("firmware/variables")).hasContent("then");
        assertThat(target.resolve("firmware/later")).doesNotExist();
        assertThat(target.resolve("memory")).doesNotExist();
        assertThat(target.resolve("tpm")).isDirectory();
        assertThat(target.resolve("lost+found")).isDirectory();
    }

    @Test
    void a_copy_that_broke_off_is_whole_when_it_was_begun_again() throws Exception {
        Files.write(source.resolve("disk.img"), content);
        Files.write(target.resolve("disk.img"), Arrays.copyOf(content, 2 * MIB));

        copy(source, target);

        assertThat(Files.readAllBytes(target.resolve("disk.img"))).isEqualTo(content);
    }

    @Test
    void a_block_device_becomes_what_another_is_zeros_too() throws Exception {
        try (Loop from = new Loop(file("from.img", content));
                Loop to = new Loop(file("to.img", filled(8 * MIB)))) {
            copy(from.device, to.device);
        }
        byte[] copied = Files.readAllBytes(directory.resolve("to.img"));
        assertThat(Arrays.copyOf(copied, content.length)).isEqualTo(content);
    }

    @Test
    void a_device_that_has_no_room_for_the_state_is_left_alone() throws Exception {
        byte[] small = filled(4 * MIB);
        try (Loop from = new Loop(file("from.img", content));
                Loop to = new Loop(file("to.img", small))) {
            assertThatThrownBy(() -> copy(from.device, to.device))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining("\"root\" has 4194304 bytes")
                    .hasMessageContaining("expand the claim");
        }
        assertThat(Files.readAllBytes(directory.resolve("to.img"))).isEqualTo(small);
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes, StandardOpenOption.CREATE);
    }

    private static byte[] filled(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 9);
        return bytes;
    }

    /** A loop device on a file. */
    private static final class Loop implements AutoCloseable {
        private final Path device;

        Loop(Path file) throws IOException {
            device = Path.of(run("losetup", "--find", "--show", file.toString()).strip());
            try (RandomAccessFile found = new RandomAccessFile(device.toFile(), "r")) {
                assertThat(found.length()).isEqualTo(Files.size(file));
            }
        }

        @Override
        public void close() throws IOException {
            var _ = run("losetup", "--detach", device.toString());
        }

        private static String run(String... command) throws IOException {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.onExit().join().exitValue()).as(said).isZero();
            return said;
        }
    }
}
