package io.kubehv.launcher.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Imports by the real qemu-img from a real web server. */
class DiskImportIT {
    private static final int IMAGE_SIZE = 4 << 20;
    private static final int DISK_SIZE = 6 << 20;

    @TempDir
    Path directory;

    private HttpServer server;
    private byte[] content;

    @BeforeEach
    void serve() throws IOException {
        content = new byte[IMAGE_SIZE];
        new Random(7).nextBytes(content);
        Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            Path file = directory.resolve(exchange.getRequestURI().getPath().substring(1));
            if (!Files.exists(file)) {
                exchange.sendResponseHeaders(404, -1);
                exchange.close();
                return;
            }
            byte[] bytes = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, bytes.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(bytes);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2", "vpc", "vhdx", "vmdk"})
    void every_format_gives_the_disk_that_was_packed(String format) throws Exception {
        pack("image", format);

        DiskImport.Imported imported = run(http("image", null));

        assertThat(imported.format().qemuName()).isEqualTo(format);
        assertDisk(disk());
    }

    @Test
    void a_fixed_vhd_is_known_by_its_footer() throws Exception {
        Path raw = Files.write(directory.resolve("raw"), content);
        qemuImg(
                "convert",
                "-f",
                "raw",
                "-O",
                "vpc",
                "-o",
                "subformat=fixed,force_size=on",
                raw,
                directory.resolve("image"));

        assertThat(run(http("image", null)).format()).isEqualTo(ImageFormat.VHD);
        assertDisk(disk());
    }

    @Test
    void a_file_of_the_volume_is_filled_in_place_and_keeps_its_size() throws Exception {
        pack("image", "qcow2");
        Files.write(disk(), new byte[] {1, 2, 3});

        run(http("image", null));

        assertDisk(disk());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http:///image", "http://a_host/image", "file:///etc/passwd", "image"})
    void a_url_without_a_host_is_refused_with_words(String url) {
        assertRefused(new ImportDefinition.Http(url, null, null, null), Reason.SOURCE_UNREACHABLE, url, "correct it");
    }

    @Test
    void an_unexpected_failure_leaves_no_half_disk_and_has_a_reason() throws Exception {
        pack("image", "raw");
        ImportDefinition definition = definition(http("image", null));
        DiskImport failing = new DiskImport(
                definition, new QemuImg("qemu-img"), new ContainerFiles(directory.resolve("proc")), progress(() -> {
                    throw new IllegalStateException("the clock stands");
                }));

        Exception failure = catchException(() -> failing.run(Path.of("scratch")));

        assertThat(failure).isInstanceOf(IllegalStateException.class);
        assertThat(directory.resolve("disk.img.partial")).doesNotExist();
        assertThat(directory.resolve("scratch")).doesNotExist();
        assertThat(PodProgram.explain(failure, Reason.IMPORT_FAILED).reason()).isEqualTo(Reason.IMPORT_FAILED);
        assertThat(PodProgram.explain(failure, Reason.IMPORT_FAILED)).hasMessageContaining("the clock stands");
    }

    @Test
    void a_full_volume_has_its_own_reason() {
        assertThat(PodProgram.explain(new IOException("No space left on device"), Reason.IMPORT_FAILED)
                        .reason())
                .isEqualTo(Reason.NO_SPACE);
    }

    @Test
    void a_parent_is_copied_as_raw_whatever_its_guest_wrote() throws Exception {
        pack("image", "qcow2");
        Path parent = directory.resolve("image");
        try (FileChannel file = FileChannel.open(parent, StandardOpenOption.WRITE)) {
            file.write(java.nio.ByteBuffer.wrap(new byte[1]), (1 << 20) * 5 - 1);
        }

        run(new ImportDefinition.Parent(parent.toString()));

        assertThat(disk()).hasSize(DISK_SIZE);
        assertThat(Arrays.copyOf(Files.readAllBytes(disk()), 1 << 20))
                .isEqualTo(Arrays.copyOf(Files.readAllBytes(parent), 1 << 20));
    }

    @Test
    void the_one_file_of_another_container_is_found_through_its_process() throws Exception {
        Path process = Files.createDirectories(directory.resolve("proc/42"));
        Files.writeString(process.resolve("cmdline"), "/tools/busybox\0sleep\0infinity\0");
        Files.createDirectories(process.resolve("root/disk"));
        pack("proc/42/root/disk/any-name", "qcow2");

        run(new ImportDefinition.ContainerImage("/tools/busybox", "/disk"));

        assertDisk(disk());
    }

    @Test
    void a_link_in_another_container_is_not_followed() throws Exception {
        Path process = Files.createDirectories(directory.resolve("proc/42"));
        Files.writeString(process.resolve("cmdline"), "/tools/busybox\0sleep\0infinity\0");
        Files.createDirectories(process.resolve("root/disk"));
        pack("secret", "raw");
        Files.createSymbolicLink(process.resolve("root/disk/disk.img"), directory.resolve("secret"));

        assertRefused(new ImportDefinition.ContainerImage("/tools/busybox", "/disk"), Reason.IMAGE_INVALID, "disk.img");
    }

    @ParameterizedTest
    @CsvSource({"sha256", "sha512"})
    void a_right_checksum_passes_and_a_wrong_one_names_both(String algorithm) throws Exception {
        pack("image", "raw");
        String digest = java.util.HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance(algorithm.replace("sha", "SHA-"))
                        .digest(content));

        run(http("image", algorithm + ":" + digest));
        assertDisk(disk());

        String wrong = algorithm + ":" + "0".repeat(digest.length());
        assertRefused(http("image", wrong), Reason.CHECKSUM_MISMATCH, wrong, digest);
    }

    @Test
    void a_backing_file_is_refused() throws Exception {
        pack("base", "raw");
        qemuImg("create", "-f", "qcow2", "-b", directory.resolve("base"), "-F", "raw", directory.resolve("image"));

        assertRefused(http("image", null), Reason.BACKING_FILE_REFUSED, "backing file");
    }

    @Test
    void an_external_data_file_is_refused() throws Exception {
        qemuImg(
                "create",
                "-f",
                "qcow2",
                "-o",
                "data_file=" + directory.resolve("data") + ",data_file_raw=on",
                directory.resolve("image"),
                "4M");

        assertRefused(http("image", null), Reason.BACKING_FILE_REFUSED, "external data file");
    }

    @Test
    void a_vmdk_that_names_other_files_is_refused() throws Exception {
        Path raw = Files.write(directory.resolve("raw"), content);
        qemuImg(
                "convert",
                "-f",
                "raw",
                "-O",
                "vmdk",
                "-o",
                "subformat=monolithicFlat",
                raw,
                directory.resolve("image"));

        assertRefused(http("image", null), Reason.BACKING_FILE_REFUSED, "VMDK");
    }

    @Test
    void a_compressed_image_may_be_smaller_than_its_data() throws Exception {
        Arrays.fill(content, (byte) 7);
        Path raw = Files.write(directory.resolve("raw"), content);
        qemuImg("convert", "-c", "-f", "raw", "-O", "qcow2", raw, directory.resolve("image"));
        assertThat(Files.size(directory.resolve("image"))).isLessThan(IMAGE_SIZE / 2);

        run(http("image", null));

        assertThat(Arrays.copyOf(Files.readAllBytes(disk()), IMAGE_SIZE)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qcow2", "vpc", "vhdx", "vmdk"})
    void a_truncated_image_is_refused(String format) throws Exception {
        pack("image", format);
        try (FileChannel file = FileChannel.open(directory.resolve("image"), StandardOpenOption.WRITE)) {
            file.truncate(3 << 20);
        }

        assertThat(refusal(http("image", null)).reason()).isIn(Reason.IMAGE_TRUNCATED, Reason.IMAGE_INVALID);
        assertThat(disk()).doesNotExist();
    }

    @Test
    void a_page_of_text_is_not_an_image() throws Exception {
        Files.writeString(directory.resolve("image"), "<html>No such image</html>");

        assertRefused(http("image", null), Reason.IMAGE_INVALID, "<html>No such", "multiple of 512");
    }

    @Test
    void a_damaged_header_is_not_an_image() throws Exception {
        pack("image", "qcow2");
        try (FileChannel file = FileChannel.open(directory.resolve("image"), StandardOpenOption.WRITE)) {
            byte[] noise = new byte[400];
            new Random(3).nextBytes(noise);
            file.write(java.nio.ByteBuffer.wrap(noise), 24);
        }

        assertThat(refusal(http("image", null)).reason()).isIn(Reason.IMAGE_INVALID, Reason.BACKING_FILE_REFUSED);
    }

    @Test
    void an_image_larger_than_the_disk_is_refused_with_the_size_that_would_do() throws Exception {
        qemuImg("create", "-f", "qcow2", directory.resolve("image"), "10M");

        assertRefused(http("image", null), Reason.SIZE_TOO_SMALL, "at least 10Mi");
    }

    @Test
    void an_image_that_is_not_there_or_a_server_that_does_not_answer_is_unreachable() {
        assertRefused(http("nothing", null), Reason.SOURCE_UNREACHABLE, "404");
        server.stop(0);
        assertRefused(http("image", null), Reason.SOURCE_UNREACHABLE, "no connection");
    }

    @Test
    void a_failed_import_empties_the_file_of_the_volume() throws Exception {
        pack("image", "raw");
        Files.write(disk(), content);

        refusal(http("image", "sha256:" + "0".repeat(64)));

        assertThat(Files.readAllBytes(disk())).containsOnly(0).hasSize(DISK_SIZE);
    }

    private void pack(String name, String format) throws Exception {
        Path raw = Files.write(directory.resolve("packed.raw"), content);
        qemuImg("convert", "-f", "raw", "-O", format, raw, directory.resolve(name));
        Files.delete(raw);
    }

    private static void qemuImg(Object... arguments) throws Exception {
        java.util.List<String> line = new java.util.ArrayList<>(java.util.List.of("qemu-img"));
        Arrays.stream(arguments).map(Object::toString).forEach(line::add);
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(line + ": " + output).isZero();
    }

    private Path disk() {
        return directory.resolve("disk.img");
    }

    private void assertDisk(Path disk) throws IOException {
        byte[] bytes = Files.readAllBytes(disk);
        assertThat(bytes).hasSize(DISK_SIZE);
        assertThat(Arrays.equals(Arrays.copyOf(bytes, IMAGE_SIZE), content))
                .as("the disk begins with the image's content")
                .isTrue();
        assertThat(Arrays.copyOfRange(bytes, IMAGE_SIZE, DISK_SIZE)).containsOnly(0);
    }

    private ImportDefinition.Http http(String file, @Nullable String checksum) {
        return new ImportDefinition.Http(
                "http://127.0.0.1:%d/%s".formatted(server.getAddress().getPort(), file), checksum, null, null);
    }

    private ImportDefinition definition(ImportDefinition.Source source) {
        return new ImportDefinition("test", "disk", source, DISK_SIZE, disk().toString(), directory.toString());
    }

    private static Progress progress(InstantSource clock) {
        return new Progress(new PrintStream(OutputStream.nullOutputStream()), clock);
    }

    private DiskImport.Imported run(ImportDefinition.Source source) throws ImportException, IOException {
        return new DiskImport(
                        definition(source),
                        new QemuImg("qemu-img"),
                        new ContainerFiles(directory.resolve("proc")),
                        progress(InstantSource.system()))
                .run(Path.of("scratch"));
    }

    private ImportException refusal(ImportDefinition.Source source) {
        return catchThrowableOfType(ImportException.class, () -> run(source));
    }

    private void assertRefused(ImportDefinition.Source source, Reason reason, String... words) {
        ImportException refusal = refusal(source);
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal).hasMessageContainingAll(words);
        assertThat(directory.resolve("scratch")).doesNotExist();
        assertThat(directory.resolve("disk.img.partial")).doesNotExist();
    }
}
