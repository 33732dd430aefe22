package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The transport of a port that Services reach. */
public enum PortProtocol {
    @JsonProperty("TCP")
    TCP,

    @JsonProperty("UDP")
    UDP
}
