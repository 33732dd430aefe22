package io.kubehv.operator.checkpointschedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;

/** The times that a crontab's five fields name in a time zone, as a CronJob has them. */
final class CronTimes {
    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);

    private static final Map<String, String> NAMED = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ExecutionTime times;
    private final ZoneId zone;

    private CronTimes(ExecutionTime times, ZoneId zone) {
        this.times = times;
        this.zone = zone;
    }

    /**
     * Reads a schedule.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static CronTimes of(String schedule, String timeZone) {
        ZoneId zone;
        try {
            zone = ZoneId.of(timeZone);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "timeZone: \"" + timeZone
                            + "\" is no time zone that is known here; write one such as Europe/Berlin",
                    e);
        }
        try {
            return new CronTimes(
                    ExecutionTime.forCron(new CronParser(UNIX).parse(NAMED.getOrDefault(schedule, schedule))), zone);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "schedule: \"" + schedule + "\" can't be read: " + e.getMessage()
                            + "; write minute, hour, day of the month, month and day of the week, such as 0 22 * * 1-5",
                    e);
        }
    }

    /** The first time after an instant; empty: there is none, as of a 30 February. */
    Optional<Instant> after(Instant instant) {
        return times.nextExecution(ZonedDateTime.ofInstant(instant, zone)).map(ZonedDateTime::toInstant);
    }

    /** The last time that is after {@code start} and not after {@code end}; empty: there is none. */
    Optional<Instant> last(Instant start, Instant end) {
        // The times are whole minutes, and what is asked for is before what is given.
        return times.lastExecution(ZonedDateTime.ofInstant(end.plus(MINUTE), zone))
                .map(ZonedDateTime::toInstant)
                .flatMap(found -> found.isAfter(end)
                        ? times.lastExecution(ZonedDateTime.ofInstant(found, zone))
                                .map(ZonedDateTime::toInstant)
                        : Optional.of(found))
                .filter(found -> found.isAfter(start) && !found.isAfter(end));
    }
}
