package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The format of exported disks. */
public enum ExportFormat {
    /** QEMU's. */
    @JsonProperty("QCOW2")
    QCOW2,

    /** Hyper-V's. */
    @JsonProperty("VHDX")
    VHDX,

    /** The bytes of the disk, in a sparse file. */
    @JsonProperty("RAW")
    RAW;

    /** The name of QEMU's driver. */
    public String qemuName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
