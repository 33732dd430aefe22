package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a key that was made for a VM when the VM is deleted. */
public enum KeyProtectorDeletionPolicy {
    /** It stays: a copy of the VM's state is of no use without it. */
    @JsonProperty("Retain")
    RETAIN,

    /** It goes with the VM. */
    @JsonProperty("Delete")
    DELETE
}
