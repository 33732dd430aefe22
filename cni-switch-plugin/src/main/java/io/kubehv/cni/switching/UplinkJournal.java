package io.kubehv.cni.switching;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.kubehv.cni.fault.SwitchException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What became of uplinks with addresses, on a file system that goes with the node's start, as what was done to them does. A record
 * is there before anything is done.
 */
final class UplinkJournal {
    private static final Logger LOG = Logger.getLogger(UplinkJournal.class.getName());
    private static final String RECORD = ".json";
    private static final String REFUSAL = ".refused";

    private final Path directory;
    private final Map<String, UplinkRecord> records = new ConcurrentHashMap<>();
    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();

    private UplinkJournal(Path directory) {
        this.directory = directory;
    }

    /**
     * An uplink that was given back since the node lost its API server by it.
     *
     * @param revision of the spec that is not tried again
     */
    record Refusal(String switchName, String revision, String reason) {}

    /** Opens the journal; the directory is made where it is missing. */
    static UplinkJournal open(Path directory) throws IOException {
        Files.createDirectories(directory);
        UplinkJournal journal = new UplinkJournal(directory);
        read(directory, RECORD, UplinkRecord.class).forEach(record -> journal.records.put(record.switchName(), record));
        read(directory, REFUSAL, Refusal.class).forEach(refusal -> journal.refusals.put(refusal.switchName(), refusal));
        return journal;
    }

    private static <T> List<T> read(Path directory, String suffix, Class<T> type) throws IOException {
        List<T> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + suffix)) {
            for (Path file : files) {
                try {
                    all.add(JournalFile.JSON.readValue(Files.readAllBytes(file), type));
                } catch (JsonProcessingException e) {
                    // Files are replaced whole, so only another version's can be like this.
                    LOG.log(Level.WARNING, e, () -> "leaving the unreadable record " + file);
                }
            }
        }
        return all;
    }

    List<UplinkRecord> all() {
        return List.copyOf(records.values());
    }

    Optional<UplinkRecord> find(String switchName) {
        return Optional.ofNullable(records.get(switchName));
    }

    /** Why the spec of this revision is not tried again; empty: it may be. */
    Optional<String> refusal(String switchName, String revision) {
        return Optional.ofNullable(refusals.get(switchName))
                .filter(refusal -> refusal.revision().equals(revision))
                .map(Refusal::reason);
    }

    UplinkRecord put(UplinkRecord record) throws SwitchException {
        JournalFile.write(directory.resolve(record.switchName() + RECORD), record);
        records.put(record.switchName(), record);
        return record;
    }

    void refuse(Refusal refusal) throws SwitchException {
        JournalFile.write(directory.resolve(refusal.switchName() + REFUSAL), refusal);
        refusals.put(refusal.switchName(), refusal);
    }

    void remove(String switchName) throws SwitchException {
        JournalFile.delete(directory.resolve(switchName + RECORD));
        records.remove(switchName);
    }

    /** Forgets about switches that are not among these. */
    void forgiveExcept(Set<String> switchNames) throws SwitchException {
        for (String name : List.copyOf(refusals.keySet())) {
            if (!switchNames.contains(name)) {
                JournalFile.delete(directory.resolve(name + REFUSAL));
                refusals.remove(name);
            }
        }
    }
}
