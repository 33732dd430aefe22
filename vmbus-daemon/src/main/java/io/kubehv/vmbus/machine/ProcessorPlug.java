package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.machine.Hypervisor.ProcessorSlot;
import java.util.List;

/**
 * Plugs processors into a running machine until it has as many as its spec says. They are never taken out again: a guest
 * need not give one up, so fewer processors wait for the next start. For one thread: its session's.
 */
final class ProcessorPlug {
    private int satisfied;
    private long present;

    /** Another QEMU, or the same over a new connection: what it has is to be asked for. */
    void forget() {
        satisfied = 0;
        present = 0;
    }

    /** Plugs what is missing, as far as the machine was declared to have room. */
    void follow(Hypervisor qemu, int wanted) {
        if (wanted <= satisfied) {
            return;
        }
        List<ProcessorSlot> slots = qemu.processorSlots();
        present = slots.stream().filter(ProcessorSlot::isPlugged).count();
        slots.stream()
                .filter(slot -> !slot.isPlugged())
                .limit(Math.max(0, wanted - present))
                .forEach(qemu::plugProcessor);
        satisfied = wanted;
        present = Math.max(present, wanted);
    }

    /** How many the machine is known to have; zero while nobody asked. */
    long known() {
        return present;
    }
}
