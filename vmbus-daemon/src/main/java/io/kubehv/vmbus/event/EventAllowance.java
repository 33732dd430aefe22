package io.kubehv.vmbus.event;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How often a guest may have something told of itself: some times at once, then once a minute, each kind for itself. A
 * guest can reset or panic many times a second, and the API server keeps each event for an hour. For one thread.
 */
public final class EventAllowance {
    private static final int AT_ONCE = 5;
    private static final Duration REFILL = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    private final Map<MachineEvent, Bucket> buckets = new EnumMap<>(MachineEvent.class);

    public EventAllowance(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private static final class Bucket {
        private int left = AT_ONCE;
        private long filledAt;

        Bucket(long now) {
            filledAt = now;
        }

        boolean take(long now) {
            long refills = (now - filledAt) / REFILL.toNanos();
            left = (int) Math.min(AT_ONCE, left + refills);
            filledAt += refills * REFILL.toNanos();
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }
    }

    /** Whether one more may be told now; it counts if so. */
    public boolean take(MachineEvent event) {
        long now = nanoTime.getAsLong();
        return buckets.computeIfAbsent(event, kind -> new Bucket(now)).take(now);
    }
}
