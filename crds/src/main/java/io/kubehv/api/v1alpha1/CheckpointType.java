package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a checkpoint of a running VM keeps. */
public enum CheckpointType {
    /** Disks that the guest has made consistent; a Standard one where it can't. */
    @JsonProperty("Production")
    PRODUCTION,

    /** Disks that the guest has made consistent; no checkpoint where it can't. */
    @JsonProperty("ProductionOnly")
    PRODUCTION_ONLY,

    /** Memory, devices and disks, at one instant and without the guest's help. */
    @JsonProperty("Standard")
    STANDARD,

    /** Checkpoints are refused. */
    @JsonProperty("Disabled")
    DISABLED
}
