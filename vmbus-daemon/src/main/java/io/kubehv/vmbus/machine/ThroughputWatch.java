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
 * for gets little and lacks nothing; one whose disk is slow for a moment, as all are at times, does not either. So a disk
 * that is suspected is looked at each second, and each second counts for or against it. Only a machine with such a disk
 * is asked, with one question for all of its disks. For one thread.
 */
final class ThroughputWatch {
    /** Between two looks while nothing is suspected. */
    static final Duration CALM = Duration.ofSeconds(10);

    /** Between two looks while something is. */
    static final Duration CLOSE = Duration.ofSeconds(1);

    /** So many more looks that speak against a disk than for it, and it is told of; none more, and it no longer is. */
    static final int CERTAIN = 10;

    private static final String REASON = "BelowMinimum";

    private final LongSupplier nanoTime;
    private final Map<String, Watched> disks = new TreeMap<>();
    private @Nullable Long sampledAt;
    private int looks;
    private @Nullable Trouble told;

    /** One disk: what it had done at the last look, and what was found of it since. */
    private static final class Watched {
        private DiskStatistics before;
        private DiskStatistics suspectedFrom;
        private Duration suspectedFor = Duration.ZERO;
        private int score;
        private boolean lacks;
        private long got;

        private Watched(DiskStatistics before) {
            this.before = before;
            this.suspectedFrom = before;
        }

        private void look(DiskStatistics now, long minimum, Duration time) {
            if (!before.isBefore(now)) {
                before = now;
                score = lacks ? CERTAIN : 0;
                return;
            }
            if (score == 0) {
                suspectedFrom = before;
                suspectedFor = Duration.ZERO;
            }
            suspectedFor = suspectedFor.plus(time);
            score = Math.clamp(score + (lacks(now.since(before), minimum, time) ? 1 : -1), 0, CERTAIN);
            before = now;
            if (score == CERTAIN && !lacks) {
                lacks = true;
                got = Math.round(perSecond(now.since(suspectedFrom), suspectedFor));
            } else if (score == 0) {
                lacks = false;
            }
        }
    }

    ThroughputWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Whether a disk that has done this in that time lacks something: it did less than its minimum, and its guest, which
     * waited for it meanwhile, would have had the time for at least the minimum if the disk had always answered at once.
     */
    static boolean lacks(DiskStatistics done, long minimum, Duration time) {
        double got = perSecond(done, time);
        // Requests under way on average; from one on, the guest never waited for nothing.
        double underWay = (double) done.nanosInFlight() / time.toNanos();
        return got > 0 && got < minimum && (underWay >= 1 || got / (1 - underWay) >= minimum);
    }

    private static double perSecond(DiskStatistics done, Duration time) {
        return done.requests(Disk.REQUEST_BYTES)
                * (double) Duration.ofSeconds(1).toNanos()
                / time.toNanos();
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
        Duration time = sampledAt == null ? Duration.ZERO : Duration.ofNanos(now - sampledAt);
        if (sampledAt != null && time.compareTo(interval()) < 0) {
            return;
        }
        Map<String, DiskStatistics> statistics = qemu.diskStatistics(minimums.keySet());
        disks.keySet().retainAll(statistics.keySet());
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
        looks += time.isZero() ? 0 : 1;
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
        } else if (looks > 0 && !isSuspicious()) {
            told = null;
        }
    }

    private boolean isSuspicious() {
        return disks.values().stream().anyMatch(disk -> disk.score > 0);
    }

    private Duration interval() {
        return isSuspicious() ? CLOSE : CALM;
    }

    Optional<Trouble> trouble() {
        return Optional.ofNullable(told);
    }

    /** When the next look is due. */
    Duration untilNext(Map<String, Long> minimums, Duration quiet) {
        if (minimums.isEmpty()) {
            return quiet;
        }
        Duration left = sampledAt == null ? Duration.ZERO : interval().minusNanos(nanoTime.getAsLong() - sampledAt);
        Duration due = left.isNegative() ? Duration.ZERO : left;
        return due.compareTo(quiet) < 0 ? due : quiet;
    }
}
