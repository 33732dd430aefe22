package io.kubehv.vmbus.fault;

/** The daemon can't start as it was told to: its environment has to be changed. */
public final class ConfigurationException extends VmbusException {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
