package io.kubehv.operator.pod;

import java.time.Duration;

/** How long to wait before what failed is tried again: 10 s, 20 s, … 5 min. */
public final class BackOff {
    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 5;

    private BackOff() {}

    /** The wait after so many failures in a row, of which the first counts 1. */
    public static Duration after(int failures) {
        if (failures < 1) {
            return Duration.ZERO;
        }
        Duration wait = FIRST.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS));
        return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
    }
}
