package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whom the VMs on a switch reach. */
public enum SwitchType {
    /** Each other, and the network that an interface of the node is on; the node where it shares that interface. */
    @JsonProperty("External")
    EXTERNAL,

    /** Each other and their node; what is beyond it only by NAT. */
    @JsonProperty("Internal")
    INTERNAL,

    /** Each other. */
    @JsonProperty("Private")
    PRIVATE
}
