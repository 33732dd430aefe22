package io.kubehv.operator.checkpointschedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronTimesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 22 * * *    | UTC           | 2026-01-01T12:00:00Z | 2026-01-01T22:00:00Z
            0 22 * * *    | Europe/Berlin | 2026-01-01T12:00:00Z | 2026-01-01T21:00:00Z
            0 22 * * *    | Europe/Berlin | 2026-07-01T12:00:00Z | 2026-07-01T20:00:00Z
            */15 * * * *  | UTC           | 2026-01-01T12:00:00Z | 2026-01-01T12:15:00Z
            0 8 * * 1-5   | UTC           | 2026-01-02T09:00:00Z | 2026-01-05T08:00:00Z
            0 8 * * 0     | UTC           | 2026-01-02T09:00:00Z | 2026-01-04T08:00:00Z
            @hourly       | UTC           | 2026-01-01T12:00:30Z | 2026-01-01T13:00:00Z
            @weekly       | UTC           | 2026-01-02T09:00:00Z | 2026-01-04T00:00:00Z
            """)
    void the_next_time_is_that_of_a_crontab_in_the_time_zone(
            String schedule, String zone, Instant now, Instant expected) {
        assertThat(CronTimes.of(schedule, zone).after(now)).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2026-01-01T11:59:59Z |
            2026-01-01T12:00:00Z | 2026-01-01T12:00:00Z
            2026-01-01T12:00:00.5Z | 2026-01-01T12:00:00Z
            2026-01-01T12:00:59Z | 2026-01-01T12:00:00Z
            2026-01-01T13:00:00Z | 2026-01-01T12:00:00Z
            2026-01-04T11:59:00Z | 2026-01-03T12:00:00Z
            """)
    void of_times_that_passed_the_last_counts_from_the_very_instant_on(Instant now, Instant expected) {
        assertThat(CronTimes.of("0 12 * * *", "UTC").last(START, now))
                .isEqualTo(java.util.Optional.ofNullable(expected));
    }

    @Test
    void a_time_that_was_acted_on_is_past() {
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");

        assertThat(CronTimes.of("0 12 * * *", "UTC").last(noon, noon.plusSeconds(3600)))
                .isEmpty();
    }

    @Test
    void the_clock_changes_lose_no_night_and_double_none() {
        CronTimes times = CronTimes.of("30 1 * * *", "Europe/Berlin");
        Instant now = Instant.parse("2026-03-27T12:00:00Z");
        for (int night = 0; night < 5; night++) {
            Instant next = times.after(now).orElseThrow();
            assertThat(times.last(now, next)).contains(next);
            assertThat(java.time.Duration.between(now, next)).isLessThan(java.time.Duration.ofHours(26));
            now = next;
        }
        assertThat(now).isEqualTo(Instant.parse("2026-03-31T23:30:00Z"));
    }

    @Test
    void what_is_no_schedule_says_what_is_wrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CronTimes.of("61 * * * *", "UTC"))
                .withMessageContaining("schedule: \"61 * * * *\" can't be read")
                .withMessageContaining("such as 0 22 * * 1-5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CronTimes.of("0 * * * *", "Europe/Nowhere"))
                .withMessageContaining("timeZone: \"Europe/Nowhere\"");
    }
}
