package io.kubehv.vmbus.fault;

/** The family of the daemon's own failures. */
public abstract sealed class VmbusException extends RuntimeException
        permits CheckpointException,
                ConfigurationException,
                HypervisorGoneException,
                HypervisorLostException,
                HypervisorRefusedException,
                PathRefusedException,
                SaveException {
    private static final long serialVersionUID = 1L;

    VmbusException(String message) {
        super(message);
    }

    VmbusException(String message, Throwable cause) {
        super(message, cause);
    }
}
