package io.kubehv.hv.qmp;

import org.jspecify.annotations.Nullable;

/** A conversation with QEMU or a guest agent failed; the subclass says whether the command may have had an effect. */
public abstract sealed class QmpException extends Exception
        permits QmpConnectException,
                QmpCommandException,
                QmpInterruptedException,
                QmpProtocolException,
                QmpStateException {
    private static final long serialVersionUID = 1L;

    QmpException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
