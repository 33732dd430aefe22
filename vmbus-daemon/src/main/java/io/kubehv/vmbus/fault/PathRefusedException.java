package io.kubehv.vmbus.fault;

/** A path in a pod's directory is not what it must be, such as a link where a socket belongs; it is not followed. */
public final class PathRefusedException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public PathRefusedException(String message) {
        super(message);
    }

    public PathRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
