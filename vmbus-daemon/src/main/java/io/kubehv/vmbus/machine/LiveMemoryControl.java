package io.kubehv.vmbus.machine;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.qmp.model.MigrationStatus;

/**
 * The memory of a QEMU that goes on after that was sent. Each method throws as {@link Hypervisor}'s do.
 */
public interface LiveMemoryControl {
    /** Gets ready to send the memory as it is at the start, while the guest runs; false where QEMU can't. */
    boolean prepareBackground();

    /** Gets ready to send the memory as it is at the end. */
    void preparePrecopy();

    /** Starts to send it to a socket, named as QEMU sees it. */
    void send(String socket);

    MigrationStatus progress();

    /** Nothing is prepared any more. */
    void restore();

    MachineFacts facts();
}
