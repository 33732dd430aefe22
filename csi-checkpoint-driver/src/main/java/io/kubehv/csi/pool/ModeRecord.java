package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FullDisk;
import io.kubehv.csi.state.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What the pool's file system was found to do, kept in it for a start at which it is too full to be tried. */
final class ModeRecord {
    private static final Logger LOG = Logger.getLogger(ModeRecord.class.getName());

    private final Path file;

    ModeRecord(Path pool) {
        this.file = pool.resolve("mode");
    }

    /** What was found last; empty if nothing is known. */
    Optional<Pool.Mode> read() throws IOException {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        String name = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
        return Arrays.stream(Pool.Mode.values())
                .filter(mode -> mode.name().equals(name))
                .findFirst();
    }

    /** Keeps what was found, if there is room. */
    void keep(Pool.Mode mode) throws IOException {
        if (read().equals(Optional.of(mode))) {
            return;
        }
        try {
            DurableFiles.replace(file, mode.name().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            if (!FullDisk.isCauseOf(e)) {
                throw e;
            }
            LOG.log(Level.WARNING, "no room to keep how clones are made", e);
        }
    }
}
