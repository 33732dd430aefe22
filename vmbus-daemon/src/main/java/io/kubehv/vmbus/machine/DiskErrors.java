package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A guest that stands still because of a disk: when to let it try again, and when to give it up. For one thread. */
final class DiskErrors {
    static final Duration RETRY = Duration.ofSeconds(10);

    private static final String STANDS_STILL = "DiskFull";
    private static final String TIMED_OUT = "TimedOut";

    private final LongSupplier nanoTime;
    private @Nullable Long since;
    private @Nullable Long lastRetry;
    private @Nullable Trouble trouble;

    DiskErrors(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** What was seen last. */
    void observe(Phase phase) {
        if (phase == Phase.DISK_ERROR) {
            since = since == null ? (Long) nanoTime.getAsLong() : since;
            trouble = new Trouble(
                    ConditionTypes.CRITICAL_ERROR,
                    STANDS_STILL,
                    "it stands still because a disk is full or failed, and goes on by itself when that is over; free room"
                            + " in the disk's volume or on its node");
        } else if (phase == Phase.RUNNING && !isRecent(lastRetry)) {
            since = null;
            lastRetry = null;
            trouble = null;
        }
    }

    /** A guest that was let go on runs for a moment before it meets the same disk. */
    private boolean isRecent(@Nullable Long time) {
        return time != null && nanoTime.getAsLong() - time < RETRY.dividedBy(2).toNanos();
    }

    boolean isRetryDue() {
        return lastRetry == null || nanoTime.getAsLong() - lastRetry >= RETRY.toNanos();
    }

    void retried() {
        lastRetry = nanoTime.getAsLong();
    }

    /** Whether the guest has stood still for longer than is wished. */
    boolean isHopeless(Duration patience) {
        return since != null && nanoTime.getAsLong() - since >= patience.toNanos();
    }

    /** The guest is turned off. */
    void givenUp(Duration patience) {
        trouble = new Trouble(
                ConditionTypes.CRITICAL_ERROR,
                TIMED_OUT,
                "a disk was full or failed for longer than criticalErrorAction allows (" + patience.toSeconds()
                        + " s), so it was turned off");
    }

    Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** When the next step is due of a guest that stands still. */
    Duration untilNext(Duration patience) {
        Duration left = since == null ? RETRY : patience.minusNanos(nanoTime.getAsLong() - since);
        return left.compareTo(RETRY) < 0 ? (left.isPositive() ? left : Duration.ZERO) : RETRY;
    }
}
