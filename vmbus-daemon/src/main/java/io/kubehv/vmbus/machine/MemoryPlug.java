package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.vmbus.machine.Hypervisor.GuestMemory;
import io.kubehv.vmbus.machine.Hypervisor.MemoryRoom;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks a running guest for as much memory as its spec says, as far as it was started with room for it and its pod has it.
 * The operator raises the pod's limit before memory is added and lowers it after memory was given back; the daemon goes by
 * the limit that it sees, so that the guest never gets what the cgroup has not. For one thread: its session's.
 */
final class MemoryPlug {
    /** What the devices give and take at once. */
    private static final long BLOCK = 2L << 20;

    private @Nullable GuestMemory memory;

    /** Another QEMU, or the same over a new connection: what it has is to be asked for. */
    void forget() {
        memory = null;
    }

    /** What the guest had when it was looked at last; null: it was not. */
    @Nullable
    AssignedMemory seen() {
        GuestMemory present = memory;
        return present == null
                ? null
                : AssignedMemory.of(sum(present, MemoryRoom::size), sum(present, MemoryRoom::requested));
    }

    private static long sum(GuestMemory memory, ToLongFunction<MemoryRoom> part) {
        return memory.base() + memory.rooms().stream().mapToLong(part).sum();
    }

    void look(Hypervisor qemu) {
        memory = qemu.memory();
    }

    /**
     * Asks for what is wanted, if that is another amount than it saw when it looked last.
     *
     * @param room how many bytes the pod has for the guest
     * @return whether the guest was asked for another amount than before
     */
    boolean follow(Hypervisor qemu, Wish wish, long room) {
        GuestMemory present = memory;
        if (present == null || wish.memory() == 0 || room == 0) {
            return false;
        }
        long blocks = Math.max(0, Math.min(wish.memory(), room) - present.base()) / BLOCK;
        boolean asked = false;
        List<MemoryRoom> rooms = present.rooms();
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
