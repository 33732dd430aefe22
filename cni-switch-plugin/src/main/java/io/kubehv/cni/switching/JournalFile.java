package io.kubehv.cni.switching;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.cni.fault.SwitchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The files of journals: one is there whole, or not at all. */
final class JournalFile {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private JournalFile() {}

    /** Writes it, in place of the one that there is. */
    static void write(Path file, Object content) throws SwitchException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(fresh, JSON.writeValueAsBytes(content));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't write " + file + ": " + e.getMessage(), e);
        }
    }

    /** Deletes it; not there: nothing to do. */
    static void delete(Path file) throws SwitchException {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't delete " + file + ": " + e.getMessage(), e);
        }
    }
}
