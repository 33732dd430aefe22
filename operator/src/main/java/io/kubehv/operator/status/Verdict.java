package io.kubehv.operator.status;

import java.util.Optional;

/**
 * What a condition says, before it has a time and a generation.
 *
 * @param reason one of {@link Reason}, or a pod's own
 */
public record Verdict(boolean holds, String reason, String message) {
    public static Verdict yes(Reason reason, String message) {
        return new Verdict(true, reason.text(), message);
    }

    public static Verdict no(Reason reason, String message) {
        return new Verdict(false, reason.text(), message);
    }

    /** What the condition Stalled says of it; absent while it may pass. */
    public Optional<Verdict> stalled() {
        return Reason.of(reason).filter(Reason::stalls).map(known -> yes(known, message));
    }

    /** A refusal in someone else's words, for example the scheduler's. */
    public static Verdict no(String reason, String message) {
        return new Verdict(false, reason, message);
    }
}
