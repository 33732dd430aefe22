package io.kubehv.launcher.exports;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.ExportDefinition;
import io.kubehv.hv.definition.ExportDefinition.Memory;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.hv.definition.ExportManifest.StateFile;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.launcher.imports.Checksum;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.ImportException.Reason;
import io.kubehv.launcher.imports.PodProgram;
import io.kubehv.launcher.imports.Progress;
import io.kubehv.launcher.imports.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The program of an export's pod. What it tells at its end are the bytes that the export has and when it was whole. */
public final class MachineExport {
    /** The directories of a guest state: what the firmware remembers, and what the TPM does. */
    private static final List<String> PARTS = List.of("firmware", "tpm");

    private final ExportDefinition definition;
    private final QemuImg qemuImg;
    private final Progress progress;
    private final InstantSource clock;

    MachineExport(ExportDefinition definition, QemuImg qemuImg, Progress progress, InstantSource clock) {
        this.definition = definition;
        this.qemuImg = qemuImg;
        this.progress = progress;
        this.clock = clock;
    }

    public static void main(String[] arguments) throws IOException {
        InstantSource clock = InstantSource.system();
        System.exit(PodProgram.run(
                () -> new MachineExport(
                                PodProgram.definition(
                                        ExportDefinition.ENVIRONMENT_VARIABLE, ExportDefinition::fromJson),
                                new QemuImg("qemu-img"),
                                new Progress(System.out, clock),
                                clock)
                        .run(),
                Reason.EXPORT_FAILED));
    }

    Map<String, Object> run() throws ImportException, IOException {
        try (Destination destination = destination()) {
            ExportManifest whole = destination.begin().orElse(null);
            if (whole == null) {
                whole = copy(destination);
            }
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("bytes", whole.bytes());
            told.put("exportedAt", whole.exportedAt());
            return told;
        }
    }

    private Destination destination() throws ImportException, IOException {
        String export = definition.manifest().export();
        return switch (definition.target()) {
            case ExportDefinition.Folder folder -> new FolderDestination(Path.of(folder.root()), folder.path(), export);
            case WebFolder web -> new WebDestination(web, export, Path.of(definition.scratchDirectory()));
        };
    }

    private ExportManifest copy(Destination destination) throws ImportException, IOException {
        try {
            List<PackedDisk> disks = new ArrayList<>();
            Share share = new Share(sizes());
            for (ExportDefinition.Source disk : definition.disks()) {
                disks.add(pack(disk, destination, share));
                share.next();
            }
            ExportManifest whole = definition
                    .manifest()
                    .with(
                            disks,
                            guestState(destination),
                            memory(destination, share),
                            clock.instant().toString());
            destination.complete(whole);
            return whole;
        } catch (ImportException | IOException | RuntimeException e) {
            destination.discard();
            throw e;
        }
    }

    private List<Long> sizes() throws ImportException, IOException {
        List<Long> sizes = new ArrayList<>();
        for (ExportDefinition.Source disk : definition.disks()) {
            sizes.add(size(Path.of(disk.path())));
        }
        Memory memory = definition.memory();
        if (memory != null) {
            sizes.add(Files.size(memoryFile(memory)));
        }
        return sizes;
    }

    /** Of a file, or of a block device. */
    private static long size(Path disk) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
            return file.length();
        }
    }

    private PackedDisk pack(ExportDefinition.Source disk, Destination destination, Share share)
            throws ImportException, IOException {
        String name = ExportManifest.DISKS_FOLDER + "/" + disk.name() + extension();
        Path work = destination.file(name);
        // What an attempt before this one left would be packed into, and keep what it had.
        Files.deleteIfExists(work);
        qemuImg.pack(
                Path.of(disk.path()), definition.format(), work, percent -> report("Copying", share.percent(percent)));
        PackedDisk packed = new PackedDisk(
                disk.name(),
                name,
                definition.format(),
                size(Path.of(disk.path())),
                Files.size(work),
                Checksum.sha256(work));
        destination.store(
                name, work, bytes -> report("Uploading", share.percent(100.0 * bytes / Math.max(1, packed.length()))));
        return packed;
    }

    private void report(String phase, double percent) {
        progress.report(phase, percent, 0);
    }

    private String extension() {
        return "raw".equals(definition.format()) ? ".img" : "." + definition.format();
    }

    /** The file that a VM goes on from, as its node's daemon has written it. */
    private static Path memoryFile(Memory memory) throws ImportException {
        Path file = Path.of(memory.directory()).resolve("memory");
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new ImportException(
                    Reason.EXPORT_FAILED, "the volume for the guest's memory has none; export without memory");
        }
        return file;
    }

    private @Nullable PackedMemory memory(Destination destination, Share share) throws ImportException, IOException {
        Memory memory = definition.memory();
        if (memory == null) {
            return null;
        }
        Path file = memoryFile(memory);
        Path work = destination.file(ExportManifest.MEMORY_FILE);
        Files.deleteIfExists(work);
        Files.copy(file, work);
        Path facts = file.resolveSibling(MachineFacts.FILE);
        PackedMemory packed = new PackedMemory(
                ExportManifest.MEMORY_FILE,
                Files.size(work),
                Checksum.sha256(work),
                Files.isRegularFile(facts, LinkOption.NOFOLLOW_LINKS)
                        ? MachineFacts.fromJson(Files.readString(facts))
                        : null,
                memory.machine());
        destination.store(
                ExportManifest.MEMORY_FILE,
                work,
                bytes -> report("Uploading", share.percent(100.0 * bytes / Math.max(1, packed.length()))));
        return packed;
    }

    private List<StateFile> guestState(Destination destination) throws ImportException, IOException {
        String directory = definition.guestStateDirectory();
        if (directory == null) {
            return List.of();
        }
        Path volume = Path.of(directory);
        List<StateFile> state = new ArrayList<>();
        for (Path file : regularFiles(volume)) {
            String path = volume.relativize(file).toString();
            String name = ExportManifest.GUEST_STATE_FOLDER + "/" + path;
            Path work = destination.file(name);
            Files.deleteIfExists(work);
            Files.copy(file, work);
            state.add(new StateFile(path, name, Files.size(work), Checksum.sha256(work)));
            destination.store(name, work, bytes -> {});
        }
        return state;
    }

    /** Of the parts of a guest state: what lies beside them is the file system's own, and may not be readable. */
    private static List<Path> regularFiles(Path volume) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String part : PARTS) {
            Path directory = volume.resolve(part);
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            try (Stream<Path> all = Files.walk(directory)) {
                // Locks, and what was never finished, begin or end otherwise.
                all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                        .filter(file -> !file.getFileName().toString().startsWith("."))
                        .filter(file -> !file.getFileName().toString().endsWith(".new"))
                        .sorted()
                        .forEach(files::add);
            }
        }
        return files;
    }

    /** How far the whole is, disk by disk. */
    private static final class Share {
        private final List<Long> sizes;
        private int disk;

        Share(List<Long> sizes) {
            this.sizes = sizes;
        }

        void next() {
            disk++;
        }

        /** @param percent of the disk, or of the memory after them, that it is at */
        double percent(double percent) {
            double all = sizes.stream().mapToLong(Long::longValue).sum();
            double before =
                    sizes.subList(0, disk).stream().mapToLong(Long::longValue).sum();
            return all == 0 ? 100 : (100 * before + percent * sizes.get(disk)) / all;
        }
    }
}
