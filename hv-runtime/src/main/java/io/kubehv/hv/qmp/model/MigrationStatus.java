package io.kubehv.hv.qmp.model;

/**
 * What {@code query-migrate} says.
 *
 * @param phase how far it is
 * @param errorDescription why it failed; empty if it did not
 * @param transferredBytes how much was sent
 * @param passes how often all of the memory has been gone through, the present time included
 * @param pages how many pages were sent or found empty
 * @param downtimeMillis how long the guest has stood still for the end of it, once that is known
 */
public record MigrationStatus(
        Phase phase, String errorDescription, long transferredBytes, long passes, long pages, long downtimeMillis) {

    /** QEMU's {@code MigrationStatus}, by what follows from it. */
    public enum Phase {
        /** None was asked for. */
        NONE,
        /** It goes on. */
        ACTIVE,
        /** All is over; the other side has the guest. */
        COMPLETED,
        /** It failed; this side still has the guest. */
        FAILED,
        /** It was cancelled; this side still has the guest. */
        CANCELLED;

        /** The value of QEMU's text; a state that this version doesn't know is one on the way. */
        static Phase of(String text) {
            return switch (text) {
                case "", "none" -> NONE;
                case "completed" -> COMPLETED;
                case "failed" -> FAILED;
                case "cancelled" -> CANCELLED;
                default -> ACTIVE;
            };
        }
    }
}
