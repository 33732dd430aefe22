package io.kubehv.vmbus.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * When the daemon first ran since its node was started. A directory that is empty after a start tells: of the kernel's
 * own words, its boot id and its start time are the host's where the node is a container.
 */
public final class BootTime {
    private static final String FILE = "booted-at";

    private BootTime() {}

    /**
     * The time, the same for each life of the daemon until the node is restarted.
     *
     * @param directory on a file system that does not outlive the node, such as its {@code /run}
     */
    public static Instant of(Path directory, Clock clock) {
        Path file = directory.resolve(FILE);
        try {
            if (Files.exists(file)) {
                return Instant.parse(Files.readString(file).strip());
            }
        } catch (IOException | DateTimeException e) {
            // Not whole, or not ours: made anew.
            return note(file, clock);
        }
        return note(file, clock);
    }

    private static Instant note(Path file, Clock clock) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        try {
            Path whole = file.resolveSibling(FILE + ".new");
            Files.writeString(whole, now.toString(), StandardCharsets.UTF_8);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("can't note in " + file + " that the node was started", e);
        }
        return now;
    }
}
