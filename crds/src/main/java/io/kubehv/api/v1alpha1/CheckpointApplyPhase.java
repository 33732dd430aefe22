package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far a VM is on its way back to a checkpoint. */
public enum CheckpointApplyPhase {
    /** Nothing has begun; the condition Ready says what is awaited. */
    @JsonProperty("Pending")
    PENDING,

    /** A checkpoint of the present is taken first. */
    @JsonProperty("Checkpointing")
    CHECKPOINTING,

    /** The VM is turned off. What it was is lost from here on, unless a checkpoint has it. */
    @JsonProperty("TurningOff")
    TURNING_OFF,

    /** Its volumes are taken back. */
    @JsonProperty("Reverting")
    REVERTING,

    /** A copy of the checkpoint's memory is made for it to go on from. */
    @JsonProperty("RestoringMemory")
    RESTORING_MEMORY,

    /** The VM is what it was then. */
    @JsonProperty("Applied")
    APPLIED,

    /** It was refused, and nothing was done. */
    @JsonProperty("Failed")
    FAILED
}
