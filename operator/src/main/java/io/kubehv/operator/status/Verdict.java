package io.kubehv.operator.status;

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

    /** A refusal in someone else's words, for example the scheduler's. */
    public static Verdict no(String reason, String message) {
        return new Verdict(false, reason, message);
    }
}
