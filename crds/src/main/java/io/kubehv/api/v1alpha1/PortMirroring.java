package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** An adapter's part in port mirroring, on one switch of one node. */
public enum PortMirroring {
    /** No part. */
    @JsonProperty("None")
    NONE,

    /** What it sends and gets is copied to all destinations. */
    @JsonProperty("Source")
    SOURCE,

    /** It gets copies of what all sources send and get. */
    @JsonProperty("Destination")
    DESTINATION
}
