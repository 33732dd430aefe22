package io.kubehv.launcher.imports;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The program of an import's pod. Its exit status is the only truth about the disk: 0 says that it is whole. What was found
 * or what went wrong is one JSON object in the container's termination message.
 */
public final class DiskImport {
    /** EX_DATAERR of sysexits.h. */
    static final int FAILED = 65;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path TERMINATION_MESSAGE = Path.of("/dev/termination-log");

    private final ImportDefinition definition;
    private final QemuImg qemuImg;
    private final ContainerFiles containers;
    private final Progress progress;

    DiskImport(ImportDefinition definition, QemuImg qemuImg, ContainerFiles containers, Progress progress) {
        this.definition = definition;
        this.qemuImg = qemuImg;
        this.containers = containers;
        this.progress = progress;
    }

    /** What was imported. */
    record Imported(ImageFormat format, long virtualSize) {}

    public static void main(String[] arguments) throws IOException {
        System.exit(run());
    }

    private static int run() throws IOException {
        Map<String, Object> message = new LinkedHashMap<>();
        int status;
        try {
            Imported imported = new DiskImport(
                            read(System.getenv(ImportDefinition.ENVIRONMENT_VARIABLE)),
                            new QemuImg("qemu-img"),
                            new ContainerFiles(Path.of("/proc")),
                            new Progress(System.out, InstantSource.system()))
                    .run(Path.of("image"));
            message.put("format", imported.format().qemuName());
            message.put("virtualSize", imported.virtualSize());
            status = 0;
        } catch (ImportException | IOException | RuntimeException e) {
            ImportException told = explain(e);
            message.put("reason", told.reason().toString());
            message.put("message", told.getMessage());
            status = FAILED;
        }
        String text = new ObjectMapper().writeValueAsString(message);
        System.out.println(text);
        Files.writeString(TERMINATION_MESSAGE, text);
        return status;
    }

    /** Every failure has a reason: the disk's owner sees nothing else of it. */
    static ImportException explain(Exception failure) {
        if (failure instanceof ImportException told) {
            return told;
        }
        boolean full = String.valueOf(failure.getMessage()).contains("No space left");
        return new ImportException(
                full ? Reason.NO_SPACE : Reason.IMPORT_FAILED,
                (full ? "the volume or the node has no room for the disk; give it more: " : "the import failed: ")
                        + failure,
                failure);
    }

    private static ImportDefinition read(@org.jspecify.annotations.Nullable String json) throws ImportException {
        if (json == null) {
            throw new ImportException(
                    Reason.DEFINITION_INVALID,
                    "the environment variable " + ImportDefinition.ENVIRONMENT_VARIABLE + " is missing");
        }
        try {
            return ImportDefinition.fromJson(json);
        } catch (DefinitionException e) {
            throw new ImportException(
                    Reason.DEFINITION_INVALID, "the import can't be understood: " + e.getMessage(), e);
        }
    }

    Imported run(Path scratchName) throws ImportException, IOException {
        Target target = Target.of(Path.of(definition.targetPath()));
        Path scratch = Path.of(definition.scratchDirectory()).resolve(scratchName);
        try {
            target.prepare(definition.sizeBytes());
            Path image = obtain(scratch);
            Imported imported = inspect(image);
            qemuImg.convert(
                    image,
                    imported.format(),
                    target.work(),
                    target.zeroed(),
                    percent -> progress.report("Converting", percent, (long) (imported.virtualSize() * percent / 100)));
            target.complete();
            return imported;
        } catch (ImportException | IOException | RuntimeException e) {
            discard(target, e);
            throw e;
        } finally {
            Files.deleteIfExists(scratch);
        }
    }

    private void discard(Target target, Exception why) {
        try {
            target.discard(definition.sizeBytes());
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    /** The image as a file that this process can read. */
    private Path obtain(Path scratch) throws ImportException, IOException {
        return switch (definition.source()) {
            case ImportDefinition.Http http -> {
                new HttpDownload(http, definition.sizeBytes(), progress, PATIENCE).fetch(scratch);
                if (http.checksum() != null) {
                    Checksum.verify(scratch, http.checksum());
                }
                yield scratch;
            }
            case ImportDefinition.ContainerImage container ->
                containers.onlyFile(container.command(), container.directory());
            case ImportDefinition.Parent parent -> Path.of(parent.path());
        };
    }

    private Imported inspect(Path image) throws ImportException, IOException {
        // A parent is a disk of ours: its guest may have written any format's magic into it.
        ImageFormat format =
                definition.source() instanceof ImportDefinition.Parent ? ImageFormat.RAW : ImageFormat.of(image);
        long size = qemuImg.virtualSize(image, format);
        if (size > definition.sizeBytes()) {
            throw new ImportException(
                    Reason.SIZE_TOO_SMALL,
                    "spec.size is %d bytes and the image's disk has %d; raise spec.size to at least %dMi"
                            .formatted(definition.sizeBytes(), size, (size + (1 << 20) - 1) >> 20));
        }
        if (format != ImageFormat.RAW) {
            qemuImg.checkWhole(image, format, Files.size(image));
        }
        return new Imported(format, size);
    }
}
