package io.kubehv.launcher.exports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.ExportDefinition;
import io.kubehv.hv.definition.ExportDefinition.Memory;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.launcher.imports.Checksum;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.ImportException.Reason;
import io.kubehv.launcher.imports.Progress;
import io.kubehv.launcher.imports.QemuImg;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exports by the real qemu-img, to real folders and to a real web server. */
class MachineExportIT {
    private static final String UID = "5d2ad3d6-2f4b-4f0f-8a0d-1c8a4f3f9f01";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path directory;

    private Path volume;
    private Path state;
    private byte[] content;
    private @Nullable Memory memory;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void prepare() throws IOException {
        content = new byte[6 << 20];
        new Random(11).nextBytes(content);
        Arrays.fill(content, 1 << 20, 4 << 20, (byte) 0);
        Files.write(directory.resolve("root.img"), content);
        Files.write(directory.resolve("data.img"), new byte[2 << 20]);
        volume = Files.createDirectory(directory.resolve("volume"));
        state = Files.createDirectory(directory.resolve("state"));
        Files.createDirectories(state.resolve("firmware"));
        Files.createDirectories(state.resolve("tpm"));
        // As a file system has it, which its root alone may read.
        Files.createDirectories(state.resolve("lost+found"));
        Files.writeString(state.resolve("lost+found/12"), "lost");
        Files.writeString(state.resolve("firmware/nvram.fd"), "variables");
        Files.writeString(state.resolve("tpm/tpm2-00.permall"), "encrypted");
        Files.writeString(state.resolve("tpm/.lock"), "");
    }

    private ExportManifest manifest(String uid) throws IOException {
        return new ExportManifest(
                1,
                uid,
                "",
                "lab",
                "web",
                "0b9e8a4e-97b2-4f0a-a1c8-3f6f0f5f5a10",
                Map.of("lan", "00:15:5d:00:00:01"),
                null,
                "DataConsistent",
                new ObjectMapper().readTree("{\"disks\": [{\"name\": \"root\"}, {\"name\": \"data\"}]}"),
                List.of(),
                List.of(),
                null);
    }

    private ExportDefinition definition(String uid, String format, ExportDefinition.Target target) throws IOException {
        return new ExportDefinition(
                manifest(uid),
                format,
                List.of(
                        new ExportDefinition.Source(
                                "root", directory.resolve("root.img").toString()),
                        new ExportDefinition.Source(
                                "data", directory.resolve("data.img").toString())),
                state.toString(),
                memory,
                target,
                Files.createDirectories(directory.resolve("scratch")).toString());
    }

    private Map<String, Object> export(String uid, String format, ExportDefinition.Target target)
            throws ImportException, IOException {
        // What the pod gets is JSON.
        ExportDefinition told =
                ExportDefinition.fromJson(definition(uid, format, target).toJson());
        return new MachineExport(
                        told,
                        new QemuImg("qemu-img"),
                        new Progress(new PrintStream(log, true, StandardCharsets.UTF_8), InstantSource.system()),
                        () -> NOW)
                .run();
    }

    private ExportDefinition.Folder folder(String path) {
        return new ExportDefinition.Folder(volume.toString(), path);
    }

    private Reason refused(String uid, ExportDefinition.Target target) {
        ImportException failure = catchThrowableOfType(ImportException.class, () -> export(uid, "qcow2", target));
        assertThat(failure).isNotNull();
        return failure.reason();
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> all = Files.list(volume)) {
            return all.map(file -> file.getFileName().toString()).toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"qcow2, .qcow2", "vhdx, .vhdx", "raw, .img"})
    void a_folder_has_the_disks_what_the_machine_remembers_and_a_manifest(String format, String extension)
            throws Exception {
        Map<String, Object> told = export(UID, format, folder("exports/web"));

        Path made = volume.resolve("exports/web");
        ExportManifest manifest = ExportManifest.fromJson(Files.readString(made.resolve("manifest.json")));
        assertThat(told).containsEntry("bytes", manifest.bytes()).containsEntry("exportedAt", NOW.toString());
        assertThat(manifest.uuid()).isEqualTo("0b9e8a4e-97b2-4f0a-a1c8-3f6f0f5f5a10");
        assertThat(manifest.disks()).extracting(PackedDisk::name).containsExactly("root", "data");
        PackedDisk root = manifest.disks().getFirst();
        assertThat(root.file()).isEqualTo("Virtual Hard Disks/root" + extension);
        assertThat(root.virtualSize()).isEqualTo(content.length);
        assertThat(root.sha256()).isEqualTo(Checksum.sha256(made.resolve(root.file())));
        assertThat(root.length()).isEqualTo(Files.size(made.resolve(root.file())));
        assertThat(qemuImg("info", "--output=json", made.resolve(root.file()).toString()))
                .contains("\"format\": \"" + format + "\"", "\"virtual-size\": " + content.length);
        Path back = directory.resolve("back.img");
        qemuImg("convert", "-f", format, "-O", "raw", made.resolve(root.file()).toString(), back.toString());
        assertThat(Files.mismatch(back, directory.resolve("root.img"))).isEqualTo(-1);
        assertThat(manifest.guestState())
                .extracting(ExportManifest.StateFile::path)
                .containsExactly("firmware/nvram.fd", "tpm/tpm2-00.permall");
        assertThat(made.resolve("Virtual Machines/guest-state/tpm/tpm2-00.permall"))
                .hasContent("encrypted");
        assertThat(log.toString(StandardCharsets.UTF_8)).contains("\"phase\":\"Copying\"");
    }

    private static final MachineFacts FACTS = new MachineFacts("10.0.3", "pc-q35-10.0", "max", Accelerator.TCG);

    private void saved() throws IOException {
        Path saved = Files.createDirectory(directory.resolve("saved"));
        Files.writeString(saved.resolve("memory"), "QEVM what the guest knows");
        Files.writeString(saved.resolve("memory-of.json"), FACTS.toJson());
        Files.writeString(saved.resolve("place-for-memory"), "");
        memory = new Memory(saved.toString(), VirtualMachineDefinition.fromJson("""
                {"namespace": "lab", "name": "web", "uuid": "0b9e8a4e-97b2-4f0a-a1c8-3f6f0f5f5a10",
                 "generationId": "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87", "generation": 2,
                 "processor": {"count": 1, "maximum": 1, "sockets": 1, "threadsPerCore": 1, "numaNodes": 1,
                   "model": "None", "virtualizationExtensions": false},
                 "memory": {"startupBytes": 67108864, "maximumBytes": 67108864},
                 "firmware": {"secureBoot": "OFF"}, "security": {"tpm": false, "shielded": false},
                 "devices": {"comPorts": [], "timeZone": "UTC"}, "acceleration": "PREFERRED"}
                """));
    }

    @Test
    void a_guests_memory_goes_along_with_what_it_is_of_and_the_machine_that_it_goes_on_in() throws Exception {
        saved();
        export(UID, "qcow2", folder("web"));
        try (FileServer server = new FileServer(volume)) {
            export(UID, "qcow2", web(server));
            assertThat(server.put()).last().isEqualTo("exports/web/manifest.json");
        }

        for (String made : List.of("web", "exports/web")) {
            ExportManifest manifest =
                    ExportManifest.fromJson(Files.readString(volume.resolve(made + "/manifest.json")));
            PackedMemory packed = manifest.memory();
            assertThat(packed).isNotNull();
            assertThat(manifest.formatVersion())
                    .as("one that knows no memory says that it is too old")
                    .isEqualTo(2);
            assertThat(volume.resolve(made).resolve(packed.file())).hasContent("QEVM what the guest knows");
            assertThat(packed.sha256())
                    .isEqualTo(Checksum.sha256(volume.resolve(made).resolve(packed.file())));
            assertThat(packed.length()).isEqualTo(25);
            assertThat(packed.machine()).isEqualTo(FACTS);
            assertThat(packed.definition()).isEqualTo(memory.machine());
        }
    }

    @Test
    void an_export_without_memory_is_one_that_an_older_version_reads() throws Exception {
        export(UID, "qcow2", folder("web"));

        assertThat(Files.readString(volume.resolve("web/manifest.json")))
                .contains("\"formatVersion\":1")
                .doesNotContain("memory");
    }

    @Test
    void a_memory_that_is_not_there_leaves_nothing() throws Exception {
        saved();
        Files.delete(directory.resolve("saved/memory"));

        assertThat(refused(UID, folder("web"))).isEqualTo(Reason.EXPORT_FAILED);
        assertThat(entries()).isEmpty();
    }

    @Test
    void a_folder_that_exists_is_not_touched_even_if_it_is_empty() throws Exception {
        Files.createDirectory(volume.resolve("web"));

        assertThat(refused(UID, folder("web"))).isEqualTo(Reason.FOLDER_EXISTS);
        assertThat(volume.resolve("web")).isEmptyDirectory();
        assertThat(entries()).containsExactly("web");
    }

    @Test
    void another_attempt_of_the_same_export_finds_what_one_before_it_made() throws Exception {
        Map<String, Object> first = export(UID, "qcow2", folder("web"));

        assertThat(export(UID, "qcow2", folder("web"))).isEqualTo(first);
        assertThat(refused("another", folder("web"))).isEqualTo(Reason.FOLDER_EXISTS);
    }

    @Test
    void what_a_killed_attempt_left_is_swept_by_the_next() throws Exception {
        Path left = Files.createDirectories(volume.resolve(".web.partial-" + UID + "/Virtual Hard Disks"));
        Files.writeString(left.resolve("root.qcow2"), "half");
        Files.writeString(left.resolve("old.qcow2"), "of an older spec");

        export(UID, "qcow2", folder("web"));

        assertThat(entries()).containsExactly("web");
        assertThat(volume.resolve("web/Virtual Hard Disks/old.qcow2")).doesNotExist();
    }

    @Test
    void a_disk_that_can_not_be_read_leaves_nothing() throws Exception {
        Files.delete(directory.resolve("data.img"));
        Files.createDirectory(directory.resolve("data.img"));

        assertThat(catchThrowableOfType(IOException.class, () -> export(UID, "qcow2", folder("web"))))
                .isNotNull();
        assertThat(entries()).isEmpty();
    }

    @Test
    void a_path_that_leads_out_of_the_volume_is_refused() throws Exception {
        Files.createSymbolicLink(volume.resolve("link"), directory);

        assertThat(refused(UID, folder("link/web"))).isEqualTo(Reason.FOLDER_EXISTS);
        assertThat(refused(UID, folder("../web"))).isEqualTo(Reason.FOLDER_EXISTS);
        assertThat(directory.resolve("web")).doesNotExist();
    }

    private WebFolder web(FileServer server) throws IOException {
        Path credentials = Files.createDirectories(directory.resolve("credentials"));
        Files.writeString(credentials.resolve("username"), "user\n");
        Files.writeString(credentials.resolve("password"), "secret\n");
        return new WebFolder(server.url() + "/exports/web/", credentials.toString(), null);
    }

    @Test
    void a_web_server_gets_each_file_and_the_manifest_last() throws Exception {
        try (FileServer server = new FileServer(volume)) {
            export(UID, "vhdx", web(server));

            assertThat(server.put()).first().isEqualTo("exports/web/Virtual Hard Disks/root.vhdx");
            assertThat(server.put())
                    .last()
                    .isEqualTo("exports/web/manifest.json")
                    .satisfies(path -> assertThat(ExportManifest.fromJson(Files.readString(volume.resolve(path)))
                                    .disks())
                            .allSatisfy(
                                    disk -> assertThat(Checksum.sha256(volume.resolve("exports/web/" + disk.file())))
                                            .isEqualTo(disk.sha256())));
            assertThat(export(UID, "vhdx", web(server))).containsKey("bytes");
            assertThat(refused("another", web(server))).isEqualTo(Reason.FOLDER_EXISTS);
        }
    }

    @Test
    void an_upload_that_fails_is_taken_back() throws Exception {
        try (FileServer server = new FileServer(volume)) {
            server.refuse("data.qcow2");

            assertThat(refused(UID, web(server))).isEqualTo(Reason.TARGET_UNREACHABLE);
            assertThat(volume.resolve("exports/web/Virtual Hard Disks/root.qcow2"))
                    .doesNotExist();
            assertThat(volume.resolve("exports/web/manifest.json")).doesNotExist();
        }
    }

    @Test
    void a_server_that_asks_for_a_password_is_told_of() throws Exception {
        try (FileServer server = new FileServer(volume)) {
            WebFolder nobody = new WebFolder(server.url(), null, null);

            ImportException failure = catchThrowableOfType(ImportException.class, () -> export(UID, "qcow2", nobody));

            assertThat(failure).hasMessageContaining("status 401").hasMessageContaining("http.secretName");
        }
    }

    @Test
    void a_secret_that_does_not_fit_the_server_is_told_of_without_what_is_in_it() throws Exception {
        try (FileServer server = new FileServer(volume)) {
            WebFolder web = web(server);
            Files.writeString(directory.resolve("credentials/password"), "wrong-one\n");
            ImportException failure = catchThrowableOfType(ImportException.class, () -> export(UID, "qcow2", web));
            assertThat(failure.reason()).isEqualTo(Reason.TARGET_UNREACHABLE);
            assertThat(failure)
                    .hasMessageContaining("status 401")
                    .hasMessageContaining("http.secretName")
                    .hasMessageNotContaining("wrong-one");

            Files.delete(directory.resolve("credentials/password"));
            failure = catchThrowableOfType(ImportException.class, () -> export(UID, "qcow2", web));
            assertThat(failure.reason()).isEqualTo(Reason.TARGET_UNREACHABLE);
            assertThat(failure).hasMessageContaining("password");
            assertThat(server.put()).isEmpty();
        }
    }

    private static String qemuImg(String... arguments) throws Exception {
        Process process = new ProcessBuilder(Stream.concat(Stream.of("qemu-img"), Stream.of(arguments))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
