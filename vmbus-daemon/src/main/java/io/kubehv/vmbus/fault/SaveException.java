package io.kubehv.vmbus.fault;

/** A VM's memory could not be written to, or found on, its volume. */
public final class SaveException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public SaveException(String message) {
        super(message);
    }

    public SaveException(String message, Throwable cause) {
        super(message, cause);
    }
}
