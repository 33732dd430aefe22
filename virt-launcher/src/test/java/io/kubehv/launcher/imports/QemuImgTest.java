package io.kubehv.launcher.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a program in the place of qemu-img. */
class QemuImgTest {
    private static final String EXTENT =
            "{\"start\": 0, \"length\": 512, \"depth\": 0, \"present\": true, \"zero\": false, \"data\": true, \"offset\": 1024}";

    @TempDir
    private Path directory;

    private String program(String script) throws Exception {
        return Files.writeString(
                        Files.createFile(
                                directory.resolve("qemu-img"),
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))),
                        "#!/bin/sh\n" + script)
                .toString();
    }

    /** Run in a Java of its own, with the heap that an import has. */
    static final class Import {
        private Import() {}

        public static void main(String[] arguments) throws Exception {
            new QemuImg(arguments[0]).checkWhole(Path.of("image"), ImageFormat.VMDK, 1536);
        }
    }

    @Test
    void a_fragmented_image_needs_no_more_memory_than_another() throws Exception {
        String fragmented = program("echo '['; yes '" + EXTENT + ",' | head -n 400000; echo '" + EXTENT + "]'");
        Process small = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Import.class.getName(),
                        fragmented)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        assertThat(small.waitFor())
                .as(() -> "the output is in " + directory.resolve("output"))
                .isZero();
    }

    @Test
    void data_behind_the_files_end_is_found_in_any_extent() throws Exception {
        String program = program("echo '[" + EXTENT + ", {\"start\": 1, \"length\": 1, \"data\": false}]'");
        QemuImg image = new QemuImg(program);
        image.checkWhole(directory, ImageFormat.VMDK, 1536);
        assertThatThrownBy(() -> image.checkWhole(directory, ImageFormat.VMDK, 1535))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("ends too early");
    }

    @Test
    void data_that_is_longer_than_its_file_because_it_is_compressed_is_no_sign_of_an_end_too_early() throws Exception {
        String program = program(
                "echo '[{\"start\": 0, \"length\": 3014656, \"depth\": 0, \"present\": true, \"zero\": false, \"data\": true, \"compressed\": true}]'");
        new QemuImg(program).checkWhole(directory, ImageFormat.QCOW2, 2492416);
    }

    @Test
    void what_a_failing_program_says_last_is_told_and_no_more_of_it_kept() throws Exception {
        String program = program("echo '['; yes complaint | head -n 200000 >&2; echo 'the last word' >&2; exit 1");
        assertThatThrownBy(() -> new QemuImg(program).virtualSize(directory, ImageFormat.QCOW2))
                .isInstanceOf(ImportException.class)
                .hasMessageEndingWith("the last word");
    }
}
