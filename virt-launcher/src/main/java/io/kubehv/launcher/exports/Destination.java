package io.kubehv.launcher.exports;

import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.launcher.imports.ImportException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Where an export goes. What is there before is never written to, and nothing that is not whole has a manifest. */
sealed interface Destination extends AutoCloseable permits FolderDestination, WebDestination {
    /**
     * Looks whether the place is free.
     *
     * @return what is there, where an attempt before this one has ended well and could not tell so
     * @throws ImportException where there is something else
     */
    Optional<ExportManifest> begin() throws ImportException, IOException;

    /** Where a file is to be written, before it is stored; its directory is there. */
    Path file(String name) throws IOException;

    /** Brings a file that was written to the place. */
    void store(String name, Path written, LongConsumer progress) throws ImportException, IOException;

    /** All files are stored: makes it an export. */
    void complete(ExportManifest manifest) throws ImportException, IOException;

    /** Takes back what was stored. */
    void discard();

    /** The manifest that is there, where it is of this very Export. */
    static Optional<ExportManifest> ofExport(String json, String export) {
        try {
            return Optional.of(ExportManifest.fromJson(json))
                    .filter(found -> found.export().equals(export));
        } catch (DefinitionException e) {
            // Another's, whatever it is.
            return Optional.empty();
        }
    }

    @Override
    void close();
}
