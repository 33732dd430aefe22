package io.kubehv.vmbus.checkpoint;

import java.util.Locale;

/** How a status tells how long something took: in milliseconds, with a digit more below ten. */
public final class Durations {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final int FINE = 10;

    private Durations() {}

    /** Such as 3.4ms or 38ms. */
    public static String text(long nanos) {
        double millis = nanos / NANOS_PER_MILLI;
        return (millis < FINE ? String.format(Locale.ROOT, "%.1f", millis) : String.valueOf(Math.round(millis))) + "ms";
    }
}
