package io.kubehv.vmbus.fault;

/** The connection to a VM's monitor ended. What was asked last may or may not have been done: connect and query again. */
public final class HypervisorLostException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public HypervisorLostException(String message) {
        super(message);
    }

    public HypervisorLostException(String message, Throwable cause) {
        super(message, cause);
    }
}
