package io.kubehv.operator.network;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was given to somebody a moment ago and is in no cache yet, so that two who ask at once don't get one thing. The caches
 * are the record from then on. Any thread may call.
 */
@ApplicationScoped
public class HandedOut {
    /** Longer than a stored status ever needs to reach the cache. */
    private static final Duration UNTIL_SHOWN = Duration.ofMinutes(1);

    private final Clock clock;
    private final Map<String, Grant> grants = new HashMap<>();

    public HandedOut(Clock clock) {
        this.clock = clock;
    }

    /** Gives the thing to the owner, or tells who was given it. Whoever has it may ask for it again. */
    public synchronized Optional<String> take(String thing, String owner) {
        Instant now = clock.instant();
        Grant present = grants.get(thing);
        if (present != null
                && !present.until().isBefore(now)
                && !present.owner().equals(owner)) {
            return Optional.of(present.owner());
        }
        grants.values().removeIf(grant -> grant.until().isBefore(now));
        grants.put(thing, new Grant(owner, now.plus(UNTIL_SHOWN)));
        return Optional.empty();
    }

    /** The caches show that the owner has the thing: they tell from here on, also when it is free again. */
    public synchronized void shown(String thing, String owner) {
        grants.computeIfPresent(thing, (_, grant) -> grant.owner().equals(owner) ? null : grant);
    }

    private record Grant(String owner, Instant until) {}
}
