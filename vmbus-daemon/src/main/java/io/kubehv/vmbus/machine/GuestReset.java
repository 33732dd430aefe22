package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.fault.HypervisorRefusedException;
import org.jspecify.annotations.Nullable;

/** The reset button: pressed once for each value of the annotation that asks for it. For one thread. */
final class GuestReset {
    private @Nullable String done;

    /** A QEMU that has not run its guest: what was asked of an earlier one is no business of its. */
    void isFresh(@Nullable String asked) {
        done = asked;
    }

    /** What the status says was done last. What this life has done counts more: its report may not be there yet. */
    void knows(@Nullable String told) {
        done = done == null ? told : done;
    }

    /** The value that was obeyed last. */
    @Nullable
    String done() {
        return done;
    }

    /**
     * Presses it where that is asked for.
     *
     * @return whether it did
     */
    boolean pressIfAsked(Hypervisor qemu, @Nullable String asked) {
        if (asked == null || asked.equals(done)) {
            return false;
        }
        String before = done;
        // Before its outcome is known: a reset that may have been done must not be done again.
        done = asked;
        try {
            qemu.reset();
        } catch (HypervisorRefusedException e) {
            done = before;
            throw e;
        }
        return true;
    }
}
