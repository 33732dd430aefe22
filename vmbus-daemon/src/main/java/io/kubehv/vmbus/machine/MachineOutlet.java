package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.status.MachineReport;

/** Where a VM's session tells what it sees. Nobody waits for the network here. */
public interface MachineOutlet {
    /** What the VM's status is to say. */
    void report(MachineReport report);

    /**
     * Something happened that a user would want to know.
     *
     * @param occurrence tells it from others of its kind in the life of the pod
     * @param detail is added to what the event says; may be empty
     */
    void happened(MachineEvent event, String occurrence, String detail);
}
