package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whom an adapter in a private VLAN reaches. */
public enum PrivateVlanMode {
    /** Promiscuous adapters of the same primary VLAN. */
    @JsonProperty("Isolated")
    ISOLATED,

    /** Those, and the same secondary VLAN. */
    @JsonProperty("Community")
    COMMUNITY,

    /** The whole primary VLAN. */
    @JsonProperty("Promiscuous")
    PROMISCUOUS
}
