package io.kubehv.hv.qmp;

import org.jspecify.annotations.Nullable;

/** No session came to be: no socket, nobody listening, no or a wrong greeting in time. Nothing was asked of QEMU; try again later. */
public final class QmpConnectException extends QmpException {
    private static final long serialVersionUID = 1L;

    /** {@code cause} is null where the other side merely stayed silent. */
    public QmpConnectException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
