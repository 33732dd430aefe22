package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a switch shares its way out of a node among the adapters on it. */
public enum MinimumBandwidthMode {
    /** By {@code bandwidth.minimumWeight}. */
    @JsonProperty("Weight")
    WEIGHT,

    /** By {@code bandwidth.minimum}. */
    @JsonProperty("Absolute")
    ABSOLUTE,

    /** As it comes. */
    @JsonProperty("None")
    NONE
}
