package io.kubehv.launcher.exports;

import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.ImportException.Reason;
import io.kubehv.launcher.imports.WebFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Files below a URL. One at a time is kept on the node; the manifest is uploaded last. */
final class WebDestination implements Destination {
    private final WebFiles files;
    private final String url;
    private final String export;
    private final Path scratch;
    private final List<String> stored = new ArrayList<>();

    WebDestination(WebFolder folder, String export, Path scratch) throws ImportException, IOException {
        this.files = new WebFiles(folder, Reason.TARGET_UNREACHABLE);
        this.url = folder.url();
        this.export = export;
        this.scratch = scratch.resolve(export);
    }

    @Override
    public Optional<ExportManifest> begin() throws ImportException {
        if (files.length(ExportManifest.FILE).isPresent()) {
            Optional<ExportManifest> own =
                    files.text(ExportManifest.FILE).flatMap(json -> Destination.ofExport(json, export));
            if (own.isPresent()) {
                return own;
            }
            throw new ImportException(
                    Reason.FOLDER_EXISTS,
                    url + " has a " + ExportManifest.FILE
                            + ", and nothing is ever overwritten; use another URL, or remove"
                            + " what is there and make a new Export");
        }
        return Optional.empty();
    }

    @Override
    public Path file(String name) throws IOException {
        Path file = scratch.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return file;
    }

    @Override
    public void store(String name, Path written, LongConsumer progress) throws ImportException, IOException {
        stored.add(name);
        files.put(name, written, progress);
        Files.delete(written);
    }

    @Override
    public void complete(ExportManifest manifest) throws ImportException, IOException {
        Path file = file(ExportManifest.FILE);
        Files.writeString(file, manifest.toJson());
        store(ExportManifest.FILE, file, bytes -> {});
    }

    @Override
    public void discard() {
        // The manifest first: without it nothing looks whole.
        stored.reversed().forEach(files::delete);
    }

    @Override
    public void close() {
        files.close();
    }
}
