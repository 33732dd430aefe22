package io.kubehv.vmbus.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootTimeTest {
    private static final Instant FIRST = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant LATER = FIRST.plusSeconds(60);

    @TempDir
    private Path run;

    private Instant at(Instant now) {
        return BootTime.of(run, Clock.fixed(now, ZoneOffset.UTC));
    }

    @Test
    void it_is_the_same_for_a_daemon_that_restarts_and_another_for_a_node_that_did() throws IOException {
        assertThat(at(FIRST)).isEqualTo(FIRST);
        assertThat(at(LATER)).isEqualTo(FIRST);
        Files.delete(run.resolve("booted-at"));
        assertThat(at(LATER)).isEqualTo(LATER);
    }

    @Test
    void a_file_that_is_not_whole_is_made_anew() throws IOException {
        Files.writeString(run.resolve("booted-at"), "2026-01");
        assertThat(at(LATER)).isEqualTo(LATER);
        assertThat(at(LATER.plusSeconds(1))).isEqualTo(LATER);
    }
}
