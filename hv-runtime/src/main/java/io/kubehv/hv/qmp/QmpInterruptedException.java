package io.kubehv.hv.qmp;

import org.jspecify.annotations.Nullable;

/** The command was sent, or may have been, and no answer came: its outcome is unknown. Ask for the state before doing it again. */
public final class QmpInterruptedException extends QmpException {
    private static final long serialVersionUID = 1L;

    /** {@code cause} is null where the answer merely did not come in time. */
    public QmpInterruptedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
