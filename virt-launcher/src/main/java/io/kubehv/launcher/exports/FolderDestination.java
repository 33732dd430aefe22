package io.kubehv.launcher.exports;

import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.launcher.files.DurableFiles;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.ImportException.Reason;
import io.kubehv.launcher.imports.VolumeFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * A folder on a volume. All is written into a folder beside it, made last, and then given its name: so the name stands for the whole
 * or for nothing, whatever is killed.
 */
final class FolderDestination implements Destination {
    private final Path folder;
    private final Path work;
    private final String export;
    private final String shown;

    /** @param export the UID of the Export, by which an attempt knows what one before it has made */
    FolderDestination(Path root, String path, String export) throws ImportException {
        this.folder = VolumeFiles.place(root, path)
                .orElseThrow(() -> new ImportException(
                        Reason.FOLDER_EXISTS,
                        "the folder \"" + path + "\" leads elsewhere by .. or a symbolic link; name another path"));
        this.work = folder.resolveSibling("." + folder.getFileName() + ".partial-" + export);
        this.export = export;
        this.shown = path;
    }

    @Override
    public Optional<ExportManifest> begin() throws ImportException, IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Optional<ExportManifest> own = own();
            if (own.isEmpty()) {
                throw exists();
            }
            return own;
        }
        remove();
        Files.createDirectories(work);
        return Optional.empty();
    }

    private Optional<ExportManifest> own() throws IOException {
        Path manifest = folder.resolve(ExportManifest.FILE);
        if (!Files.isRegularFile(manifest, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        return Destination.ofExport(Files.readString(manifest), export);
    }

    private ImportException exists() {
        return new ImportException(
                Reason.FOLDER_EXISTS,
                "the folder \"" + shown
                        + "\" exists on the volume, and nothing is ever overwritten; name another path, or"
                        + " remove it and make a new Export");
    }

    @Override
    public Path file(String name) throws IOException {
        Path file = work.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return file;
    }

    @Override
    public void store(String name, Path written, LongConsumer progress) throws IOException {
        DurableFiles.sync(written);
    }

    @Override
    public void complete(ExportManifest manifest) throws ImportException, IOException {
        Path file = file(ExportManifest.FILE);
        Files.writeString(file, manifest.toJson());
        DurableFiles.sync(file);
        try (Stream<Path> all = Files.walk(work)) {
            for (Path directory : all.filter(Files::isDirectory).toList()) {
                DurableFiles.sync(directory);
            }
        }
        // A rename would replace a folder that is empty.
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw exists();
        }
        DurableFiles.place(work, folder);
    }

    @Override
    public void discard() {
        try {
            remove();
        } catch (IOException | UncheckedIOException e) {
            // It has no name that somebody would take for an export, and why there is none is told already.
            return;
        }
    }

    private void remove() throws IOException {
        if (!Files.isDirectory(work, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> all = Files.walk(work)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Override
    public void close() {
        // It holds nothing open.
    }
}
