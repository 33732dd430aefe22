package io.kubehv.hv.qmp;

/** The session is not in a state for this call, for example a command after the connection ended. The command was not sent. */
public final class QmpStateException extends QmpException {
    private static final long serialVersionUID = 1L;

    /** The message names the state. */
    public QmpStateException(String message) {
        super(message, null);
    }
}
