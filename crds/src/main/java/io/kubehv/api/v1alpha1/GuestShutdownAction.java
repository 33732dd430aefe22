package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What follows when the guest shuts itself down. */
public enum GuestShutdownAction {
    /** The VM stays off until it is asked to run again. */
    @JsonProperty("StayOff")
    STAY_OFF,

    /** The VM is started again. */
    @JsonProperty("Restart")
    RESTART
}
