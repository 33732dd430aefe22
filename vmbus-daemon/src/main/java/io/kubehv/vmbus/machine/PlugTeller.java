package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.adapter.AdapterControl;
import io.kubehv.vmbus.disk.DiskControl;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.status.MachineReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds to what is told of a VM what is to be told of its disks and network adapters. For one thread: its session's. */
final class PlugTeller implements MachineOutlet {
    private final MachineOutlet outlet;
    private final DiskControl disks;
    private final AdapterControl adapters;
    private @Nullable MachineReport last;

    PlugTeller(MachineOutlet outlet, DiskControl disks, AdapterControl adapters) {
        this.outlet = outlet;
        this.disks = disks;
        this.adapters = adapters;
    }

    @Override
    public void report(MachineReport report) {
        last = report;
        // Without an accelerator no QEMU is there, which could have any.
        boolean gone = report.accelerator() == null;
        outlet.report(report.withDisks(gone ? List.of() : disks.statuses())
                .withAdapters(gone ? List.of() : adapters.statuses()));
    }

    /** Tells again what was told last, with what it has now. */
    void changed() {
        if (last != null) {
            report(last);
        }
    }

    @Override
    public void happened(MachineEvent event, String occurrence, String detail) {
        outlet.happened(event, occurrence, detail);
    }
}
