package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a VM insists on KVM. */
public enum Acceleration {
    /** Only nodes whose KVM passed its probe; elsewhere the VM does not start. */
    @JsonProperty("Required")
    REQUIRED,

    /** KVM where the node has it, else QEMU's own emulation (TCG). */
    @JsonProperty("Preferred")
    PREFERRED,

    /** Always TCG. */
    @JsonProperty("Disabled")
    DISABLED
}
