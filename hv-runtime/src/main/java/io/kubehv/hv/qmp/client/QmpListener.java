package io.kubehv.hv.qmp.client;

import io.kubehv.hv.qmp.wire.QmpMessage;
import org.jspecify.annotations.Nullable;

/**
 * Hears what QEMU says unasked. All calls come one after the other from a thread of the session's own, which may
 * block, send commands and close the client; commands go on meanwhile.
 */
public interface QmpListener {
    /** For a session whose events nobody waits for. */
    QmpListener NOBODY = new QmpListener() {
        @Override
        public void onEvent(QmpMessage.Event event) {}

        @Override
        public void onEventsLost(long count) {}

        @Override
        public void onDisconnected(@Nullable Throwable cause) {}
    };

    /** Something happened. */
    void onEvent(QmpMessage.Event event);

    /** Events came faster than they were heard, and the oldest were dropped: ask for the state instead. */
    void onEventsLost(long count);

    /**
     * The session ended; nothing comes after this. The client is idle again.
     *
     * @param cause null when QEMU closed the connection in order or the client was closed; a QEMU that quits may also
     *     show as a reset connection
     */
    void onDisconnected(@Nullable Throwable cause);
}
