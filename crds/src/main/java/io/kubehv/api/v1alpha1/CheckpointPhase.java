package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a checkpoint is in its life. */
public enum CheckpointPhase {
    /** Nothing has begun; the condition Ready says what is awaited. */
    @JsonProperty("Pending")
    PENDING,

    /** What it is to consist of is known; the volume for its memory is being made. */
    @JsonProperty("Preparing")
    PREPARING,

    /** The node's daemon takes it. */
    @JsonProperty("Creating")
    CREATING,

    /** The disks are kept and the guest goes on; its memory is still on its way to the volume. */
    @JsonProperty("SavingMemory")
    SAVING_MEMORY,

    /** It is whole. */
    @JsonProperty("Ready")
    READY,

    /** It was not taken, and nothing is left of it; the condition Ready says why. */
    @JsonProperty("Failed")
    FAILED,

    /** What it keeps is being deleted. */
    @JsonProperty("Deleting")
    DELETING
}
