package io.kubehv.cni.switching;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * The ports of this node, on a file system that goes with the node's start, as the interfaces do. A record is there before
 * anything of its ports is, and goes after everything: whatever dies in between, it is known what there may be.
 */
final class PortJournal {
    private static final Logger LOG = Logger.getLogger(PortJournal.class.getName());
    private static final String SUFFIX = ".json";

    private final Path directory;
    private final Map<ContainerInterface, PortRecord> records = new ConcurrentHashMap<>();

    private PortJournal(Path directory) {
        this.directory = directory;
    }

    /** Opens the journal; the directory is made where it is missing. */
    static PortJournal open(Path directory) throws IOException {
        Files.createDirectories(directory);
        PortJournal journal = new PortJournal(directory);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                journal.read(file);
            }
        }
        return journal;
    }

    // Only a torn write of a machine that lost its power is unreadable, and that lost its interfaces, too.
    private void read(Path file) throws IOException {
        try {
            PortRecord record = JournalFile.JSON.readValue(Files.readAllBytes(file), PortRecord.class);
            records.put(record.key(), record);
        } catch (JsonProcessingException e) {
            LOG.log(Level.WARNING, e, () -> "removing the unreadable record " + file);
            Files.delete(file);
        }
    }

    Collection<PortRecord> all() {
        return List.copyOf(records.values());
    }

    /** The switches that ports are on. */
    Set<String> switchNames() {
        return records.values().stream()
                .flatMap(record -> record.ports().stream())
                .map(SwitchPort::switchName)
                .collect(Collectors.toSet());
    }

    /** The ports on a switch. */
    List<SwitchPort> portsOn(String switchName) {
        return records.values().stream()
                .flatMap(record -> record.ports().stream())
                .filter(port -> port.switchName().equals(switchName))
                .toList();
    }

    /** The ports on a switch by the node's ends of them. */
    Map<String, SwitchPort> linksOn(String switchName) {
        Map<String, SwitchPort> links = new HashMap<>();
        for (PortRecord record : records.values()) {
            record.ports().stream()
                    .filter(port -> port.switchName().equals(switchName))
                    .forEach(port -> links.put(record.link(port), port));
        }
        return links;
    }

    /** The MAC addresses on each switch, by the ports' names: namespace/pod/adapter. */
    Map<String, Map<String, String>> macAddresses() {
        Map<String, Map<String, String>> bySwitch = new HashMap<>();
        for (PortRecord record : records.values()) {
            PortService.Attachment attachment = record.attachment();
            for (SwitchPort port : record.ports()) {
                bySwitch.computeIfAbsent(port.switchName(), name -> new HashMap<>())
                        .put(
                                attachment.podNamespace() + "/" + attachment.podName() + "/" + port.adapter(),
                                port.macAddress());
            }
        }
        return bySwitch;
    }

    Optional<PortRecord> find(ContainerInterface key) {
        return Optional.ofNullable(records.get(key));
    }

    /** The switches of those ports of the record that it does not have here, or not like that. */
    Set<String> differing(PortRecord asked) {
        List<SwitchPort> known = find(asked.key()).map(PortRecord::ports).orElse(List.of());
        return asked.ports().stream()
                .filter(port -> !known.contains(port))
                .map(SwitchPort::switchName)
                .collect(Collectors.toSet());
    }

    void put(PortRecord record) throws SwitchException {
        JournalFile.write(file(record.key()), record);
        records.put(record.key(), record);
    }

    void remove(ContainerInterface key) throws SwitchException {
        JournalFile.delete(file(key));
        records.remove(key);
    }

    private Path file(ContainerInterface key) {
        return directory.resolve(key.containerId() + "-" + key.interfaceName() + SUFFIX);
    }
}
