package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What runs the guest's instructions. */
public enum Accelerator {
    /** The processor itself, through the kernel. */
    @JsonProperty("KVM")
    KVM,

    /** QEMU's own translation: slower, works everywhere. */
    @JsonProperty("TCG")
    TCG
}
