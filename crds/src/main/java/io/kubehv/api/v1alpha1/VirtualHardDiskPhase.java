package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a virtual hard disk is on its way to being usable. */
public enum VirtualHardDiskPhase {
    /** Nothing has begun yet; the condition Ready says what is awaited. */
    @JsonProperty("Pending")
    PENDING,

    /** Its source is being read and converted. */
    @JsonProperty("Importing")
    IMPORTING,

    /** It can be attached. */
    @JsonProperty("Ready")
    READY,

    /** The last attempt failed; the condition Ready says why, and another follows. */
    @JsonProperty("Failed")
    FAILED
}
