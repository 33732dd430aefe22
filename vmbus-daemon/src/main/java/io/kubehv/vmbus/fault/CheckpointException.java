package io.kubehv.vmbus.fault;

/** A part of a checkpoint could not be done. */
public final class CheckpointException extends VmbusException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * A failure that a checkpoint's status tells.
     *
     * @param reason one word in CamelCase
     * @param message what failed, and what to do
     */
    public CheckpointException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public CheckpointException(String reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** The status's reason. */
    public String reason() {
        return reason;
    }
}
