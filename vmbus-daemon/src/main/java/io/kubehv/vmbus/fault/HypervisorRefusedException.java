package io.kubehv.vmbus.fault;

/** The hypervisor understood a command and said no: nothing was done. */
public final class HypervisorRefusedException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public HypervisorRefusedException(String message) {
        super(message);
    }

    public HypervisorRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
