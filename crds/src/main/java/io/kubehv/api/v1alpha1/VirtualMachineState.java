package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The state that a VM is in: Hyper-V's names. */
public enum VirtualMachineState {
    @JsonProperty("Off")
    OFF,

    @JsonProperty("Starting")
    STARTING,

    @JsonProperty("Running")
    RUNNING,

    @JsonProperty("Pausing")
    PAUSING,

    @JsonProperty("Paused")
    PAUSED,

    @JsonProperty("Resuming")
    RESUMING,

    @JsonProperty("Saving")
    SAVING,

    @JsonProperty("Saved")
    SAVED,

    @JsonProperty("Stopping")
    STOPPING,

    /** It can't go on without help; the condition Ready says why. */
    @JsonProperty("Critical")
    CRITICAL
}
