package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What follows when the guest no longer feeds its watchdog. */
public enum WatchdogAction {
    /** The reset button. */
    @JsonProperty("Reset")
    RESET,

    /** The guest is asked to shut down. */
    @JsonProperty("ShutDown")
    SHUT_DOWN,

    /** The power is cut. */
    @JsonProperty("TurnOff")
    TURN_OFF,

    /** The VM is paused, for somebody to look at it. */
    @JsonProperty("Pause")
    PAUSE
}
