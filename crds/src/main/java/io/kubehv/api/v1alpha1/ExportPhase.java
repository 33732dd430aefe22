package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far an export is. */
public enum ExportPhase {
    /** Nothing has begun; the condition Ready says what is awaited. */
    @JsonProperty("Pending")
    PENDING,

    /** A checkpoint of the VM is taken for it. */
    @JsonProperty("Checkpointing")
    CHECKPOINTING,

    /** Its pod copies what the checkpoint keeps to the target. */
    @JsonProperty("Copying")
    COPYING,

    /** The target has all of it. */
    @JsonProperty("Exported")
    EXPORTED,

    /** The target has nothing of it that looks whole. */
    @JsonProperty("Failed")
    FAILED
}
