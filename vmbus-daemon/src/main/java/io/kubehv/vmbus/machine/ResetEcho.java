package io.kubehv.vmbus.machine;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells a reset from its echo: firmware that finds itself in the middle of a session (SeaBIOS after a watchdog, for
 * example) resets the machine once more, at once. For one thread.
 */
final class ResetEcho {
    private static final Duration ECHO = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private @Nullable Long last;

    ResetEcho(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** To be asked at each reset: whether something else than the one before it has led to it. */
    boolean isOneOfItsOwn() {
        long now = nanoTime.getAsLong();
        boolean own = last == null || now - last >= ECHO.toNanos();
        last = now;
        return own;
    }
}
