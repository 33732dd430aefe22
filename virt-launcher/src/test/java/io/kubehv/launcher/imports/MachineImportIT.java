package io.kubehv.launcher.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.hv.definition.ExportManifest.StateFile;
import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.hv.definition.MachineImportDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests that are read from real folders and a real web server. */
class MachineImportIT {
    @TempDir
    Path directory;

    private Path folder;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void prepare() throws IOException {
        folder = Files.createDirectories(directory.resolve("export"));
        Files.createDirectories(folder.resolve("Virtual Hard Disks"));
        Files.createDirectories(folder.resolve("Virtual Machines/guest-state/tpm"));
        // What a guest wrote at its disk's beginning: the magic of a qcow2 image.
        Files.write(
                folder.resolve("Virtual Hard Disks/root.img"),
                java.util.Arrays.copyOf(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}, 2 << 20));
        Files.writeString(folder.resolve("Virtual Machines/guest-state/tpm/tpm2-00.permall"), "encrypted");
        Files.writeString(folder.resolve("manifest.json"), manifest("{}").toJson());
        Files.createDirectories(directory.resolve("scratch"));
    }

    private ExportManifest manifest(String spec) throws IOException {
        Path disk = folder.resolve("Virtual Hard Disks/root.img");
        Path state = folder.resolve("Virtual Machines/guest-state/tpm/tpm2-00.permall");
        Path memory = folder.resolve("Virtual Machines/memory");
        return new ExportManifest(
                Files.exists(memory) ? 2 : 1,
                "uid",
                "2026-01-01T00:00:00Z",
                "lab",
                "web",
                "0b9e8a4e-97b2-4f0a-a1c8-3f6f0f5f5a10",
                Map.of(),
                null,
                "Off",
                new ObjectMapper().readTree(spec),
                List.of(new PackedDisk(
                        "root",
                        "Virtual Hard Disks/root.img",
                        "raw",
                        2 << 20,
                        Files.size(disk),
                        Checksum.sha256(disk))),
                List.of(new StateFile(
                        "tpm/tpm2-00.permall",
                        "Virtual Machines/guest-state/tpm/tpm2-00.permall",
                        Files.size(state),
                        Checksum.sha256(state))),
                Files.exists(memory)
                        ? new PackedMemory(
                                "Virtual Machines/memory",
                                Files.size(memory),
                                Checksum.sha256(memory),
                                FACTS,
                                VirtualMachineDefinition.fromJson("""
                                {"namespace": "lab", "name": "web", "uuid": "0b9e8a4e-97b2-4f0a-a1c8-3f6f0f5f5a10",
                                 "generationId": "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87", "generation": 2,
                                 "processor": {"count": 1, "maximum": 1, "sockets": 1, "threadsPerCore": 1, "numaNodes": 1,
                                   "model": "None", "virtualizationExtensions": false},
                                 "memory": {"startupBytes": 67108864, "maximumBytes": 67108864},
                                 "firmware": {"secureBoot": "OFF"}, "security": {"tpm": false, "shielded": false},
                                 "devices": {"comPorts": [], "timeZone": "UTC"}, "acceleration": "PREFERRED"}
                                """))
                        : null);
    }

    private Map<String, Object> read(MachineImportDefinition.Source source, @Nullable Path guestState)
            throws ImportException, IOException {
        return read(source, guestState, null);
    }

    private Map<String, Object> read(
            MachineImportDefinition.Source source, @Nullable Path guestState, @Nullable Path memory)
            throws ImportException, IOException {
        MachineImportDefinition definition = MachineImportDefinition.fromJson(new MachineImportDefinition(
                        source,
                        guestState == null ? null : guestState.toString(),
                        memory == null ? null : memory.toString())
                .toJson());
        return new MachineImport(
                        definition, new PrintStream(log, true, StandardCharsets.UTF_8), directory.resolve("scratch"))
                .run();
    }

    private Map<String, Object> read() throws ImportException, IOException {
        return read(new MachineImportDefinition.Folder(folder.toString()), null);
    }

    private ImportException refused() {
        ImportException failure = catchThrowableOfType(ImportException.class, this::read);
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void a_whole_export_tells_its_manifest() throws Exception {
        assertThat(ExportManifest.fromJson(read().get("manifest").toString())).isEqualTo(manifest("{}"));
    }

    @Test
    void a_manifest_that_is_too_long_for_a_termination_message_is_in_the_log() throws Exception {
        ExportManifest large = manifest("{\"cloudInit\": {\"userData\": \"%s\"}}".formatted("x".repeat(5000)));
        Files.writeString(folder.resolve("manifest.json"), large.toJson());

        assertThat(read()).containsExactly(Map.entry("manifestIn", "log"));
        assertThat(ExportManifest.fromJson(log.toString(StandardCharsets.UTF_8).strip()))
                .isEqualTo(large);
    }

    @Test
    void what_is_no_whole_export_is_refused_by_name() throws Exception {
        String json = Files.readString(folder.resolve("manifest.json"));

        Files.writeString(folder.resolve("manifest.json"), json.replace("\"formatVersion\":1", "\"formatVersion\":3"));
        assertThat(refused()).hasMessageContaining("\"formatVersion\" is 3").hasMessageContaining("newer KubeHV");

        Files.writeString(
                folder.resolve("manifest.json"), json.replace("\"name\":\"web\"", "\"name\":\"web\",\"x\":1"));
        assertThat(refused()).hasMessageContaining("unknown field \"x\"");
        assertThat(refused().reason()).isEqualTo(Reason.MANIFEST_INVALID);

        Files.writeString(folder.resolve("manifest.json"), json.replace("Virtual Hard Disks/root", "../root"));
        assertThat(refused()).hasMessageContaining("below the manifest's folder");

        Files.writeString(folder.resolve("manifest.json"), json);
        Files.writeString(folder.resolve("Virtual Hard Disks/root.img"), "half");
        assertThat(refused().reason()).isEqualTo(Reason.IMAGE_TRUNCATED);

        Files.delete(folder.resolve("Virtual Hard Disks/root.img"));
        assertThat(refused().reason()).isEqualTo(Reason.DISK_MISSING);

        Files.delete(folder.resolve("manifest.json"));
        assertThat(refused().reason()).isEqualTo(Reason.MANIFEST_NOT_FOUND);
    }

    @Test
    void what_the_machine_remembers_comes_to_its_volume_if_it_is_what_was_exported() throws Exception {
        Path volume = Files.createDirectories(directory.resolve("guest-state"));

        read(new MachineImportDefinition.Folder(folder.toString()), volume);
        assertThat(volume.resolve("tpm/tpm2-00.permall")).hasContent("encrypted");

        Files.writeString(folder.resolve("Virtual Machines/guest-state/tpm/tpm2-00.permall"), "enchanted");
        ImportException failure = catchThrowableOfType(
                ImportException.class, () -> read(new MachineImportDefinition.Folder(folder.toString()), volume));
        assertThat(failure.reason()).isEqualTo(Reason.CHECKSUM_MISMATCH);
        assertThat(volume.resolve("tpm/tpm2-00.permall")).hasContent("encrypted");
    }

    private static final MachineFacts FACTS = new MachineFacts("10.0.3", "pc-q35-10.0", "max", Accelerator.TCG);

    private void withMemory() throws IOException {
        Files.writeString(folder.resolve("Virtual Machines/memory"), "QEVM what the guest knows");
        Files.writeString(folder.resolve("manifest.json"), manifest("{}").toJson());
    }

    @Test
    void a_memory_comes_to_its_volume_as_a_node_leaves_it_if_it_is_what_was_exported() throws Exception {
        withMemory();
        Path volume = Files.createDirectories(directory.resolve("saved"));

        assertThat(read(new MachineImportDefinition.Folder(folder.toString()), null, volume))
                .containsEntry("files", 1);
        assertThat(volume.resolve("memory")).hasContent("QEVM what the guest knows");
        assertThat(MachineFacts.fromJson(Files.readString(volume.resolve("memory-of.json"))))
                .isEqualTo(FACTS);
        try (Stream<Path> all = Files.list(volume)) {
            assertThat(all).hasSize(2);
        }

        Files.delete(volume.resolve("memory"));
        Files.writeString(folder.resolve("Virtual Machines/memory"), "QEVM what the guest knew.");
        ImportException failure = catchThrowableOfType(
                ImportException.class, () -> read(new MachineImportDefinition.Folder(folder.toString()), null, volume));
        assertThat(failure.reason()).isEqualTo(Reason.CHECKSUM_MISMATCH);
        assertThat(volume.resolve("memory")).doesNotExist();

        Files.delete(folder.resolve("Virtual Machines/memory"));
        assertThat(refused().reason()).isEqualTo(Reason.DISK_MISSING);
    }

    @Test
    void an_export_on_a_web_server_is_read_from_there() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                Path file = directory.resolve(exchange.getRequestURI().getPath().substring(1));
                if (!Files.isRegularFile(file)) {
                    exchange.sendResponseHeaders(404, -1);
                } else if (exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseHeaders().add("Content-Length", String.valueOf(Files.size(file)));
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    exchange.sendResponseHeaders(200, Files.size(file));
                    Files.copy(file, exchange.getResponseBody());
                }
            }
        });
        server.start();
        try {
            WebFolder web =
                    new WebFolder("http://localhost:" + server.getAddress().getPort() + "/export", null, null);
            Path volume = Files.createDirectories(directory.resolve("guest-state"));

            assertThat(read(web, null)).containsKey("manifest");
            read(web, volume);
            assertThat(volume.resolve("tpm/tpm2-00.permall")).hasContent("encrypted");

            withMemory();
            Path saved = Files.createDirectories(directory.resolve("saved"));
            read(web, null, saved);
            assertThat(saved.resolve("memory")).hasContent("QEVM what the guest knows");

            Files.delete(folder.resolve("Virtual Hard Disks/root.img"));
            ImportException failure = catchThrowableOfType(ImportException.class, () -> read(web, null));
            assertThat(failure.reason()).isEqualTo(Reason.DISK_MISSING);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void a_raw_disk_is_taken_as_it_is_whatever_its_guest_wrote_at_its_beginning() throws Exception {
        Path disk = directory.resolve("disk.img");
        importFile("raw", "Virtual Hard Disks/root.img", disk);

        assertThat(Files.mismatch(disk, folder.resolve("Virtual Hard Disks/root.img")))
                .isEqualTo(-1);
        ImportException failure = catchThrowableOfType(
                ImportException.class,
                () -> importFile("vhdx", "Virtual Hard Disks/root.img", directory.resolve("other.img")));
        assertThat(failure).hasMessageContaining("is said to be vhdx and is qcow2");
    }

    @Test
    void a_file_that_leads_out_of_the_volume_is_refused() throws Exception {
        Files.createSymbolicLink(folder.resolve("link"), directory);

        for (String path : List.of("link/export/manifest.json", "../export/manifest.json", "Virtual Hard Disks")) {
            ImportException failure = catchThrowableOfType(
                    ImportException.class, () -> importFile("raw", path, directory.resolve("other.img")));
            assertThat(failure.reason()).as(path).isEqualTo(Reason.DISK_MISSING);
        }
    }

    private void importFile(String format, String path, Path disk) throws ImportException, IOException {
        new DiskImport(
                        new ImportDefinition(
                                "lab",
                                "root",
                                new ImportDefinition.VolumeFile(folder.toString(), path, format, null),
                                2 << 20,
                                disk.toString(),
                                directory.resolve("scratch").toString()),
                        new QemuImg("qemu-img"),
                        new ContainerFiles(Path.of("/proc")),
                        new Progress(new PrintStream(log, true, StandardCharsets.UTF_8), InstantSource.system()))
                .run(Path.of("image"));
    }
}
