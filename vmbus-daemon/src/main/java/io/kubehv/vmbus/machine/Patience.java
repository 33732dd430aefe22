package io.kubehv.vmbus.machine;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How long a session waits for its VM's object, which says what is wanted of the guest. For one thread. */
final class Patience {
    /** How long a guest that is to go waits for the object, which may say that it is to be saved first. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private @Nullable Long deletingSince;
    private boolean over;

    Patience(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The object is there, or will never be. */
    void isOver() {
        over = true;
    }

    void podIs(PodFacts pod) {
        if (pod.deleting() && deletingSince == null) {
            deletingSince = nanoTime.getAsLong();
        }
    }

    /** The kubelet ends the pod, whether or not somebody deletes it. */
    void podEnds() {
        deletingSince = deletingSince == null ? (Long) nanoTime.getAsLong() : deletingSince;
    }

    /** How much is left; zero when there is nothing to wait for, or it is too late. */
    Duration left(PodFacts pod, Duration untilTold) {
        if (over) {
            return Duration.ZERO;
        }
        Long since = deletingSince;
        if (since == null) {
            return untilTold;
        }
        Duration quarter = pod.grace().dividedBy(4);
        Duration longest = quarter.compareTo(LONGEST) < 0 ? quarter : LONGEST;
        Duration left = longest.minusNanos(nanoTime.getAsLong() - since);
        return left.isPositive() ? left : Duration.ZERO;
    }
}
