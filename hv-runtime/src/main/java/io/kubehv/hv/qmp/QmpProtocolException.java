package io.kubehv.hv.qmp;

import org.jspecify.annotations.Nullable;

/** The other side broke the protocol: text that isn't JSON, a line that is too long, an answer of the wrong shape. */
public final class QmpProtocolException extends QmpException {
    private static final long serialVersionUID = 1L;

    /** {@code cause} is the JSON parser's complaint, if it was that. */
    public QmpProtocolException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
