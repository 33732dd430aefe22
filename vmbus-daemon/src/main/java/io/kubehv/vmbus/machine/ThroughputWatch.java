package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Disks that should get a minimum: whether one gets less though its guest asks for more. A guest that has nothing to ask
 * for gets nothing and lacks nothing, so what counts is how much of the time a request was under way. Only a machine that
 * has such a disk is asked, seldom, and what is said changes only with what is so: a disk is told of when it lacked twice
 * in a row, and no longer when it twice did not. For one thread.
 */
final class ThroughputWatch {
    static final Duration SAMPLE = Duration.ofSeconds(10);

    private static final String REASON = "BelowMinimum";
    private static final int IN_A_ROW = 2;

    /** Requests under way on average: from here on the guest has hardly a moment in which it waits for none. */
    private static final double BUSY = 0.9;

    private final LongSupplier nanoTime;
    private final Map<String, Watched> disks = new TreeMap<>();
    private @Nullable Long sampledAt;
    private int measured;
    private @Nullable Trouble told;

    /** One disk: what it had done at the last look, and what was found of it since. */
    private static final class Watched {
        private DiskStatistics before;
        private int inARow;
        private boolean lacks;
        private long got;

        private Watched(DiskStatistics before) {
            this.before = before;
        }

        private void look(DiskStatistics now, long minimum, Duration time) {
            if (!before.isBefore(now)) {
                before = now;
                return;
            }
            DiskStatistics done = now.since(before);
            before = now;
            boolean isLess = lacks(done, minimum, time);
            inARow = isLess == lacks ? 0 : inARow + 1;
            if (inARow == IN_A_ROW) {
                lacks = isLess;
                inARow = 0;
                got = perSecond(done, time);
            }
        }
    }

    ThroughputWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether a disk that has done this in that time lacks something. */
    static boolean lacks(DiskStatistics done, long minimum, Duration time) {
        return done.nanosInFlight() >= BUSY * time.toNanos() && perSecond(done, time) < minimum;
    }

    private static long perSecond(DiskStatistics done, Duration time) {
        return Math.round(done.requests(Disk.REQUEST_BYTES)
                * (double) Duration.ofSeconds(1).toNanos()
                / time.toNanos());
    }

    /** What the status says: it stays until this life of the daemon has found out. */
    void knows(Trouble known) {
        if (known.type().equals(ConditionTypes.INSUFFICIENT_THROUGHPUT)) {
            told = known;
        }
    }

    /** Of a machine that stands still nothing is measured. */
    void pause() {
        sampledAt = null;
    }

    /** Takes a look where it is time to. */
    void look(Hypervisor qemu, Map<String, Long> minimums) {
        if (minimums.isEmpty()) {
            disks.clear();
            sampledAt = null;
            told = null;
            return;
        }
        long now = nanoTime.getAsLong();
        if (sampledAt != null && now - sampledAt < SAMPLE.toNanos()) {
            return;
        }
        Map<String, DiskStatistics> statistics = qemu.diskStatistics(minimums.keySet());
        disks.keySet().retainAll(statistics.keySet());
        Duration time = sampledAt == null ? Duration.ZERO : Duration.ofNanos(now - sampledAt);
        statistics.forEach((name, done) -> {
            Watched disk = disks.get(name);
            if (disk == null) {
                disks.put(name, new Watched(done));
            } else if (time.isZero()) {
                disk.before = done;
            } else {
                disk.look(done, minimums.getOrDefault(name, 0L), time);
            }
        });
        measured += time.isZero() ? 0 : 1;
        sampledAt = now;
        decide(minimums);
    }

    private void decide(Map<String, Long> minimums) {
        String lacking = disks.entrySet().stream()
                .filter(disk -> disk.getValue().lacks)
                .map(disk -> "disk \"%s\" got %d of the %d requests a second that are its qos.minimumIOPS"
                        .formatted(disk.getKey(), disk.getValue().got, minimums.get(disk.getKey())))
                .collect(Collectors.joining("; "));
        if (!lacking.isEmpty()) {
            told = new Trouble(
                    ConditionTypes.INSUFFICIENT_THROUGHPUT, REASON, lacking + ", though the guest asked for more");
        } else if (measured >= IN_A_ROW) {
            told = null;
        }
    }

    Optional<Trouble> trouble() {
        return Optional.ofNullable(told);
    }

    /** When the next look is due. */
    Duration untilNext(Map<String, Long> minimums, Duration quiet) {
        if (minimums.isEmpty()) {
            return quiet;
        }
        Duration left = sampledAt == null ? Duration.ZERO : SAMPLE.minusNanos(nanoTime.getAsLong() - sampledAt);
        Duration due = left.isNegative() ? Duration.ZERO : left;
        return due.compareTo(quiet) < 0 ? due : quiet;
    }
}
