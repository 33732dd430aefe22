package io.kubehv.vmbus.machine;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When to ask a guest to shut down, and when to stop asking. The time runs from when the daemon saw that the pod is to
 * go, by the daemon's own clock: the kubelet counts in the same way, and clocks of machines differ. A daemon that
 * restarts in between gives the guest more time, and the kubelet's SIGKILL is then the end.
 */
final class OrderlyShutdown {
    /** The guest's answer to a button may come late, or not at all while it boots: so the button is pressed again. */
    static final Duration REPEAT = Duration.ofSeconds(5);

    /** What the kubelet's SIGKILL must find done. */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private final LongSupplier nanoTime;
    private final BooleanSupplier agent;
    private @Nullable Long begin;
    private @Nullable Long lastRequest;
    private Duration limit = Duration.ZERO;

    /** {@code agent}: asks the guest's agent, in the background; false when there is no agent. */
    OrderlyShutdown(LongSupplier nanoTime, BooleanSupplier agent) {
        this.nanoTime = nanoTime;
        this.agent = agent;
    }

    /**
     * Starts the time, at the first call. A later one can only shorten it.
     *
     * @param wanted what the VM's spec grants
     * @param granted what the pod's deletion grants
     */
    void begin(Duration wanted, Duration granted) {
        Duration left = granted.minus(MARGIN);
        Duration shorter = wanted.compareTo(left) < 0 ? wanted : left;
        if (begin == null) {
            begin = nanoTime.getAsLong();
            limit = shorter;
        } else if (shorter.compareTo(limit) < 0) {
            limit = shorter;
        }
    }

    boolean isTimeUp() {
        return begin != null && nanoTime.getAsLong() - begin >= limit.toNanos();
    }

    /**
     * Asks the guest, unless that was done just now: by its agent the first time, as that needs nobody at the guest's buttons;
     * then by the button, which needs no agent.
     *
     * @return by what, the first time
     */
    Optional<String> ask(Hypervisor qemu) {
        boolean first = lastRequest == null;
        if (lastRequest != null && nanoTime.getAsLong() - lastRequest < REPEAT.toNanos()) {
            return Optional.empty();
        }
        boolean byAgent = first && agent.getAsBoolean();
        if (!byAgent) {
            qemu.powerDown();
        }
        lastRequest = nanoTime.getAsLong();
        return first ? Optional.of(byAgent ? "By its agent." : "By its power button.") : Optional.empty();
    }

    /** How long until something is to be done. */
    Duration untilNext() {
        if (begin == null) {
            return REPEAT;
        }
        Duration left = limit.minusNanos(nanoTime.getAsLong() - begin);
        return left.compareTo(REPEAT) < 0 ? left : REPEAT;
    }
}
