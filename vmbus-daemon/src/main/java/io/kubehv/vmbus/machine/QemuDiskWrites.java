package io.kubehv.vmbus.machine;

import io.kubehv.hv.checkpoint.DiskWrites;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What is written to the disks of a QEMU, over QMP and NBD. */
record QemuDiskWrites(DiskWrites writes) implements DiskWriteControl {
    @Override
    public boolean begin(Collection<String> disks) {
        if (!QemuAnswers.asked(writes::areTold)) {
            return false;
        }
        QemuAnswers.told(() -> writes.begin(disks));
        return true;
    }

    @Override
    public Map<String, List<WrittenRange>> take(Collection<String> disks) {
        return QemuAnswers.asked(() -> {
            try {
                return writes.take(disks);
            } catch (IOException e) {
                throw new HypervisorRefusedException("QEMU does not tell what is written to its disks", e);
            }
        });
    }

    @Override
    public void end() {
        QemuAnswers.told(writes::end);
    }
}
