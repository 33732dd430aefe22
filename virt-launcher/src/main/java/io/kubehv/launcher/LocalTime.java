package io.kubehv.launcher;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A time zone as a process of the C library has it, in the form that needs no time zone files: an offset. */
final class LocalTime {
    private LocalTime() {}

    /**
     * The value of {@code TZ} for a zone at a time (POSIX.1-2017, 8.3), such as {@code <KHV>-2:00:00} for two hours ahead of
     * UTC: POSIX counts westwards.
     */
    static String variable(String zone, Instant now) throws LaunchException {
        ZoneOffset offset;
        try {
            offset = ZoneId.of(zone).getRules().getOffset(now);
        } catch (DateTimeException e) {
            throw new LaunchException("clock.timeZone is \"" + zone
                    + "\", which is no time zone; write UTC or one such as Europe/Berlin");
        }
        int seconds = offset.getTotalSeconds();
        int size = Math.abs(seconds);
        return "<KHV>%s%d:%02d:%02d".formatted(seconds > 0 ? "-" : "", size / 3600, size / 60 % 60, size % 60);
    }
}
