package io.kubehv.hv.hotplug;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network adapter of the machine, as QEMU has it.
 *
 * @param name its name in the VM
 * @param macAddress null: the guest does not have it, it has been left half way
 * @param place the place that it is plugged into; null: it can't leave the running machine
 * @param tap the tap that it is connected to; null: the default switch, or nothing any more
 * @param came it came while the machine ran: it is not what the machine was started with, though it may look the same
 * @param forwards the ports that are reached through the pod's addresses
 */
public record PresentAdapter(
        String name,
        @Nullable String macAddress,
        @Nullable Integer place,
        @Nullable String tap,
        boolean came,
        Set<Forward> forwards) {
    /** Copies the set. */
    public PresentAdapter {
        forwards = Set.copyOf(forwards);
    }

    /** Whether the guest has it. */
    public boolean plugged() {
        return macAddress != null;
    }
}
