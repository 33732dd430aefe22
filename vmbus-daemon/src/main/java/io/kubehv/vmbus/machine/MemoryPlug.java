package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.vmbus.machine.Hypervisor.GuestMemory;
import io.kubehv.vmbus.machine.Hypervisor.MemoryRoom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks a running guest for as much memory as its spec says, as far as it was started with room for it and its pod has it.
 * The operator raises the pod's limit before memory is added and lowers it after memory was given back; the daemon goes by
 * the limit that it sees, so that the guest never gets what the cgroup has not. For one thread: its session's.
 */
final class MemoryPlug {
    /** What the devices give and take at once. */
    private static final long BLOCK = 2L << 20;

    private @Nullable AssignedMemory seen;

    /** Another QEMU, or the same over a new connection: what it has is to be asked for. */
    void forget() {
        seen = null;
    }

    /** What the guest had when it was looked at last; null: it was not. */
    @Nullable
    AssignedMemory seen() {
        return seen;
    }

    void look(Hypervisor qemu) {
        GuestMemory memory = qemu.memory();
        seen = AssignedMemory.of(
                memory.base()
                        + memory.rooms().stream().mapToLong(MemoryRoom::size).sum(),
                memory.base()
                        + memory.rooms().stream()
                                .mapToLong(MemoryRoom::requested)
                                .sum());
    }

    /**
     * Asks for what is wanted.
     *
     * @param room how many bytes the pod has for the guest
     * @return whether the guest was asked for another amount than before
     */
    boolean follow(Hypervisor qemu, Wish wish, long room) {
        if (wish.memory() == 0 || room == 0) {
            return false;
        }
        GuestMemory memory = qemu.memory();
        long blocks = Math.max(0, Math.min(wish.memory(), room) - memory.base()) / BLOCK;
        boolean asked = false;
        List<MemoryRoom> rooms = memory.rooms();
        for (int i = 0; i < rooms.size(); i++) {
            MemoryRoom device = rooms.get(i);
            long share = blocks / rooms.size() + (i < blocks % rooms.size() ? 1 : 0);
            long bytes = Math.min(share * BLOCK, device.maximum());
            // A wish that the operator has not heard of may meet a limit that it is about to lower.
            if (bytes < device.requested() || (bytes > device.requested() && wish.heard())) {
                qemu.requestMemory(device, bytes);
                asked = true;
            }
        }
        return asked;
    }
}
