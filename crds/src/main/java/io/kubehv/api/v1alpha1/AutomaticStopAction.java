package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a VM when its node shuts down, or somebody else takes its pod away. */
public enum AutomaticStopAction {
    /** Its memory is saved, and it goes on from there. */
    @JsonProperty("Save")
    SAVE,

    /** Its guest is shut down in order. */
    @JsonProperty("ShutDown")
    SHUT_DOWN,

    /** It is turned off at once. */
    @JsonProperty("TurnOff")
    TURN_OFF
}
