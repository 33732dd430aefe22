package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What state of a running VM is exported. */
public enum CaptureState {
    /** Disks that the guest has made consistent. */
    @JsonProperty("DataConsistent")
    DATA_CONSISTENT,

    /** Disks as after a power cut, all at one instant. */
    @JsonProperty("CrashConsistent")
    CRASH_CONSISTENT
}
