package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far an import is. */
public enum ImportPhase {
    /** Nothing has begun; the condition Ready says what is awaited. */
    @JsonProperty("Pending")
    PENDING,

    /** Its pod looks at the manifest of the export. */
    @JsonProperty("Inspecting")
    INSPECTING,

    /** The disks are made and filled. */
    @JsonProperty("Copying")
    COPYING,

    /** The VM is there, and off. */
    @JsonProperty("Imported")
    IMPORTED,

    /** It was refused or broke off, and nothing is left of it. */
    @JsonProperty("Failed")
    FAILED
}
