package io.kubehv.launcher.imports;

import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The program of an import's pod. What it tells at its end is what was imported; a success says that the disk is whole. */
public final class DiskImport {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

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
        System.exit(PodProgram.run(DiskImport::importDisk, Reason.IMPORT_FAILED));
    }

    private static Map<String, Object> importDisk() throws ImportException, IOException {
        Imported imported = new DiskImport(
                        PodProgram.definition(ImportDefinition.ENVIRONMENT_VARIABLE, ImportDefinition::fromJson),
                        new QemuImg("qemu-img"),
                        new ContainerFiles(Path.of("/proc")),
                        new Progress(System.out, InstantSource.system()))
                .run(Path.of("image"));
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("format", imported.format().qemuName());
        told.put("virtualSize", imported.virtualSize());
        return told;
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
            case ImportDefinition.VolumeFile file -> {
                Path image = VolumeFiles.existing(Path.of(file.root()), file.path());
                if (file.checksum() != null) {
                    Checksum.verify(image, file.checksum());
                }
                yield image;
            }
            case ImportDefinition.Parent parent -> Path.of(parent.path());
        };
    }

    private Imported inspect(Path image) throws ImportException, IOException {
        ImageFormat format = switch (definition.source()) {
            // A disk of ours: its guest may have written any format's magic into it.
            case ImportDefinition.Parent _ -> ImageFormat.RAW;
            case ImportDefinition.VolumeFile file when file.format() != null -> ImageFormat.named(image, file.format());
            default -> ImageFormat.of(image);
        };
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
