package io.kubehv.launcher.imports;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.hv.definition.ExportManifest.StateFile;
import io.kubehv.hv.definition.MachineImportDefinition;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.launcher.files.DurableFiles;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The program that reads of an export what is no disk: it checks the manifest and that each disk is there with its length, and
 * tells the manifest; or it writes what the machine remembered to the VM's own volume.
 */
public final class MachineImport {
    /** A kubelet passes on 4096 bytes of a termination message. What is longer is in the log alone, on a line of its own. */
    static final int LONGEST_MESSAGE = 3800;

    private static final int LONGEST_MANIFEST = 1 << 20;
    private static final int LARGEST_STATE = 32 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final MachineImportDefinition definition;
    private final PrintStream log;
    private final Path scratch;

    MachineImport(MachineImportDefinition definition, PrintStream log, Path scratch) {
        this.definition = definition;
        this.log = log;
        this.scratch = scratch;
    }

    public static void main(String[] arguments) throws IOException {
        System.exit(PodProgram.run(
                () -> new MachineImport(
                                PodProgram.definition(
                                        MachineImportDefinition.ENVIRONMENT_VARIABLE,
                                        MachineImportDefinition::fromJson),
                                System.out,
                                Path.of("/scratch"))
                        .run(),
                Reason.IMPORT_FAILED));
    }

    Map<String, Object> run() throws ImportException, IOException {
        return switch (definition.source()) {
            case MachineImportDefinition.Folder folder -> run(new Folder(Path.of(folder.directory())));
            case WebFolder web -> {
                try (WebFiles files = new WebFiles(web, Reason.SOURCE_UNREACHABLE)) {
                    yield run(new Web(files, web, scratch));
                }
            }
        };
    }

    private Map<String, Object> run(Source files) throws ImportException, IOException {
        ExportManifest manifest = manifest(files);
        String state = definition.guestStateDirectory();
        String memory = definition.memoryDirectory();
        if (state != null) {
            restore(files, manifest.guestState(), Path.of(state));
        }
        if (memory != null) {
            restoreMemory(files, manifest, Path.of(memory));
        }
        if (state != null || memory != null) {
            return Map.of("files", (state == null ? 0 : manifest.guestState().size()) + (memory == null ? 0 : 1));
        }
        for (PackedDisk disk : manifest.disks()) {
            require(files, disk.file(), disk.length());
        }
        for (StateFile file : manifest.guestState()) {
            require(files, file.file(), file.length());
        }
        PackedMemory memoryFile = manifest.memory();
        if (memoryFile != null) {
            require(files, memoryFile.file(), memoryFile.length());
        }
        return told(manifest.toJson());
    }

    private Map<String, Object> told(String manifest) {
        Map<String, Object> told = new LinkedHashMap<>();
        if (manifest.length()
                                + manifest.chars()
                                        .filter(c -> c == '"' || c == '\\')
                                        .count()
                        > LONGEST_MESSAGE
                || !manifest.chars().allMatch(c -> c < 128)) {
            log.println(manifest);
            told.put("manifestIn", "log");
        } else {
            told.put("manifest", manifest);
        }
        return told;
    }

    private ExportManifest manifest(Source files) throws ImportException, IOException {
        Path file = files.fetch(ExportManifest.FILE, LONGEST_MANIFEST, Reason.MANIFEST_NOT_FOUND);
        if (Files.size(file) > LONGEST_MANIFEST) {
            throw new ImportException(
                    Reason.MANIFEST_INVALID, ExportManifest.FILE + " has more than 1 MiB, so it is none of ours");
        }
        try {
            return ExportManifest.fromJson(Files.readString(file));
        } catch (DefinitionException | java.nio.charset.CharacterCodingException e) {
            throw new ImportException(
                    Reason.MANIFEST_INVALID,
                    ExportManifest.FILE + " can't be read as an export's: " + e.getMessage(),
                    e);
        }
    }

    private static void require(Source files, String file, long length) throws ImportException, IOException {
        OptionalLong found = files.length(file);
        if (found.isEmpty()) {
            throw new ImportException(
                    Reason.DISK_MISSING,
                    "the manifest names \"" + file
                            + "\", which is not there; the export is not whole, export it again");
        }
        if (found.getAsLong() >= 0 && found.getAsLong() != length) {
            throw new ImportException(
                    Reason.IMAGE_TRUNCATED,
                    "\"%s\" has %d bytes, and the manifest says %d; the export is not whole, export it again"
                            .formatted(file, found.getAsLong(), length));
        }
    }

    /** Each file is written beside its place and renamed; the pod's success says that all are there. */
    private static void restore(Source files, List<StateFile> guestState, Path volume)
            throws ImportException, IOException {
        for (StateFile state : guestState) {
            Path target = volume.resolve(state.path());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            place(files, state.file(), LARGEST_STATE, state.sha256(), target);
        }
    }

    /** As a node's daemon leaves it: what it is of is there before it is. */
    private static void restoreMemory(Source files, ExportManifest manifest, Path volume)
            throws ImportException, IOException {
        PackedMemory memory = manifest.memory();
        if (memory == null) {
            throw new ImportException(Reason.DISK_MISSING, "the manifest names no memory any more; import it again");
        }
        MachineFacts machine = memory.machine();
        if (machine != null) {
            Path work = volume.resolve(MachineFacts.FILE + ".partial");
            Files.writeString(work, machine.toJson());
            DurableFiles.place(work, volume.resolve(MachineFacts.FILE));
        }
        place(files, memory.file(), memory.length(), memory.sha256(), volume.resolve("memory"));
    }

    private static void place(Source files, String file, long length, String sha256, Path target)
            throws ImportException, IOException {
        Path work = target.resolveSibling(target.getFileName() + ".partial");
        files.copy(file, length, work);
        Checksum.verify(work, "sha256:" + sha256);
        DurableFiles.place(work, target);
    }

    /** The files of an export, wherever they are. */
    private sealed interface Source permits Folder, Web {
        OptionalLong length(String file) throws ImportException, IOException;

        /** A file to read, of at most so many bytes. */
        Path fetch(String file, int limit, Reason missing) throws ImportException, IOException;

        /** Writes a file of about so many bytes to a place of its own. */
        void copy(String file, long length, Path target) throws ImportException, IOException;
    }

    private record Folder(Path directory) implements Source {
        @Override
        public OptionalLong length(String file) throws IOException {
            Optional<Path> found = VolumeFiles.find(directory, file);
            return found.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Files.size(found.get()));
        }

        @Override
        public Path fetch(String file, int limit, Reason missing) throws ImportException {
            return VolumeFiles.find(directory, file)
                    .orElseThrow(() -> new ImportException(
                            missing,
                            "there is no file \"" + file
                                    + "\" in the folder; name the folder of an export that has ended well"));
        }

        @Override
        public void copy(String file, long length, Path target) throws ImportException, IOException {
            Files.copy(
                    fetch(file, Integer.MAX_VALUE, Reason.DISK_MISSING), target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private record Web(WebFiles files, WebFolder folder, Path scratch) implements Source {
        @Override
        public OptionalLong length(String file) throws ImportException {
            return files.length(file);
        }

        @Override
        public Path fetch(String file, int limit, Reason missing) throws ImportException, IOException {
            Path target = scratch.resolve("file");
            download(file, limit, missing, target);
            return target;
        }

        @Override
        public void copy(String file, long length, Path target) throws ImportException, IOException {
            download(file, length, Reason.DISK_MISSING, target);
        }

        private void download(String file, long limit, Reason missing, Path target)
                throws ImportException, IOException {
            if (files.length(file).isEmpty()) {
                throw new ImportException(
                        missing,
                        "there is no " + folder.urlOf(file) + "; name the URL of an export that has ended well");
            }
            new HttpDownload(files.source(file), limit, new Progress(System.out, InstantSource.system()), PATIENCE)
                    .fetch(target);
        }
    }
}
