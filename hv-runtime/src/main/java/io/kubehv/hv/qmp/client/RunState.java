package io.kubehv.hv.qmp.client;

/** Where a {@link QmpClient} is. */
public enum RunState {
    /** No session; connect may be called. Also where a failed connect ends. */
    IDLE,
    /** Between connect's call and its return. */
    CONNECTING,
    /** Negotiated: commands may be sent, events come. */
    RUNNING,
    /** The session ended and its threads wind up. */
    DISCONNECTING
}
