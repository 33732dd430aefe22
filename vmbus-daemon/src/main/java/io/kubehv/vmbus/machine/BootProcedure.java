package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Follows the firmware's search for something to boot. For one thread: its session's. */
final class BootProcedure {
    private static final String REASON = "NothingBootable";

    /** Firmware looks again and again, but what it says first comes soon. */
    private static final Duration ATTENTIVE = Duration.ofMinutes(5);

    private static final Duration GLANCE = Duration.ofSeconds(2);

    private final LongSupplier nanoTime;
    private final BootWatch watch = new BootWatch();
    private long began;
    private @Nullable Trouble trouble;

    BootProcedure(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
    }

    /** The machine was started or reset. */
    void begins() {
        began = nanoTime.getAsLong();
        watch.forget();
        trouble = null;
    }

    /** What an earlier life of the daemon has told. */
    void knows(Trouble told) {
        if (told.type().equals(ConditionTypes.BOOT_FAILED)) {
            trouble = told;
        }
    }

    /** Reads on. */
    void look(Hypervisor qemu) {
        String heard;
        try {
            heard = qemu.firmwareWords();
        } catch (HypervisorRefusedException e) {
            // One that was started by an older KubeHV keeps none of it.
            return;
        }
        watch.hear(heard);
        Optional<String> failure = watch.failure();
        if (failure.isPresent()) {
            trouble = new Trouble(
                    ConditionTypes.BOOT_FAILED,
                    REASON,
                    "its firmware found nothing to boot (" + failure.get()
                            + "); check its disks, firmware.bootOrder and firmware.secureBoot, then restart it");
        } else if (watch.booted()) {
            trouble = null;
        }
    }

    /** What is wrong, if something is. */
    Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Whether the machine stands still because its firmware found nothing to boot, as was asked. */
    boolean holds(Goal goal, Wish wish) {
        return goal == Goal.RUN && trouble != null && wish.pauseAfterBootFailure();
    }

    /** When to read on, if nothing else is to be done before {@code otherwise} has passed. */
    Duration untilNext(Duration otherwise) {
        boolean attentive = nanoTime.getAsLong() - began < ATTENTIVE.toNanos();
        return attentive && GLANCE.compareTo(otherwise) < 0 ? GLANCE : otherwise;
    }
}
