package io.kubehv.vmbus.disk;

import io.kubehv.hv.hotplug.PresentDisk;

/** One thing to do about a disk or medium. */
sealed interface DiskStep {
    /** Take it from the machine, or clear away what is left of it. */
    record Remove(PresentDisk disk) implements DiskStep {}

    /** Give it to the machine from the volume of a pod that was made for it. */
    record Add(WantedDisk disk, Attachment from) implements DiskStep {}

    /** Give it to the machine from the machine's own pod, which had it from the start. */
    record AddAgain(WantedDisk disk, String path) implements DiskStep {}
}
