package io.kubehv.vmbus.fault;

/** Nobody listens at a VM's monitor: QEMU has ended. */
public final class HypervisorGoneException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public HypervisorGoneException(String message, Throwable cause) {
        super(message, cause);
    }
}
