package io.kubehv.csi.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Records as they are kept in files. What a newer driver has added to one is passed over. */
final class RecordFiles {
    private static final Logger LOG = Logger.getLogger(RecordFiles.class.getName());

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private RecordFiles() {}

    /** The content of a record's file. */
    static byte[] content(Object record) throws JsonProcessingException {
        return JSON.writeValueAsBytes(record);
    }

    /** The record in a file of which that is the content. */
    static <T> T parse(byte[] content, Class<T> type) throws IOException {
        return JSON.readValue(content, type);
    }

    /** The record in that file; empty where it can't be read. */
    static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
        try {
            return Optional.of(parse(Files.readAllBytes(file), type));
        } catch (JsonProcessingException | NoSuchFileException e) {
            // Not deleted: someone may want to save the data. Not served either: we don't know what it is.
            LOG.log(Level.SEVERE, file + " can't be read; what it describes is not served", e);
            return Optional.empty();
        }
    }
}
