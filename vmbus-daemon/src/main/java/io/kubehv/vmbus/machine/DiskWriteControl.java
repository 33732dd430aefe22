package io.kubehv.vmbus.machine;

import io.kubehv.hv.checkpoint.WrittenRange;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What a guest writes to its disks while they are copied, as {@link io.kubehv.hv.checkpoint.DiskWrites} has it. Each method
 * throws as {@link Hypervisor}'s do.
 */
public interface DiskWriteControl {
    /** Begins to note what is written to these disks; false where QEMU can't. */
    boolean begin(Collection<String> disks);

    /** What was written to these disks since the beginning or the last call. When it fails nobody knows any more. */
    Map<String, List<WrittenRange>> take(Collection<String> disks);

    /** Notes nothing any more. Nothing is left of it, also of what others began. */
    void end();
}
