package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a disk is attached. */
public enum DiskBus {
    /** virtio-scsi: can be added to and removed from a running VM. */
    @JsonProperty("SCSI")
    SCSI,

    /** virtio-blk: a device of its own, the least work a request. */
    @JsonProperty("Virtio")
    VIRTIO,

    /** IDE, for systems without other drivers; generation 1 only. */
    @JsonProperty("IDE")
    IDE
}
