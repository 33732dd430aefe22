package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who an imported VM is. */
public enum ImportMode {
    /** The VM that was exported: with its UUID and its MAC addresses. */
    @JsonProperty("Register")
    REGISTER,

    /** Another VM: with a UUID and MAC addresses of its own. */
    @JsonProperty("Copy")
    COPY
}
