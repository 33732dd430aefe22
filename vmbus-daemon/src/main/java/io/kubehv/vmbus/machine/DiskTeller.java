package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.disk.DiskControl;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.status.MachineReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds to what is told of a VM what is to be told of its disks. For one thread: its session's. */
final class DiskTeller implements MachineOutlet {
    private final MachineOutlet outlet;
    private final DiskControl disks;
    private @Nullable MachineReport last;

    DiskTeller(MachineOutlet outlet, DiskControl disks) {
        this.outlet = outlet;
        this.disks = disks;
    }

    @Override
    public void report(MachineReport report) {
        last = report;
        // Without an accelerator no QEMU is there, which could have disks.
        outlet.report(report.withDisks(report.accelerator() == null ? List.of() : disks.statuses()));
    }

    /** Tells again what was told last, with the disks as they are now. */
    void disksChanged() {
        if (last != null) {
            report(last);
        }
    }

    @Override
    public void happened(MachineEvent event, String occurrence, String detail) {
        outlet.happened(event, occurrence, detail);
    }
}
