package io.kubehv.operator.checkpointschedule;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointRetention;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of a schedule's checkpoints of one VM go. The newest that is ready stays however old it is: a VM whose new ones fail must
 * not lose its last good one. Of those that failed the last one stays, until a good one follows, for who asks why. Pure.
 */
final class Retention {
    private final @Nullable CheckpointRetention rule;
    private final Instant now;

    Retention(@Nullable CheckpointRetention rule, Instant now) {
        this.rule = rule;
        this.now = now;
    }

    /** Those that go now, of one VM. */
    List<Checkpoint> outdated(List<Checkpoint> ofMachine) {
        List<Checkpoint> newestFirst = ofMachine.stream()
                .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
                .sorted(Comparator.comparing(Retention::time).reversed())
                .toList();
        List<Checkpoint> outdated = new ArrayList<>();
        int ready = 0;
        int failed = 0;
        for (Checkpoint checkpoint : newestFirst) {
            if (phase(checkpoint) == CheckpointPhase.READY) {
                ready++;
                if (ready > 1 && (isTooMany(ready) || isTooOld(checkpoint))) {
                    outdated.add(checkpoint);
                }
            } else if (phase(checkpoint) == CheckpointPhase.FAILED) {
                failed++;
                if (failed > 1 || ready > 0) {
                    outdated.add(checkpoint);
                }
            }
        }
        return outdated;
    }

    /** When the next of them is too old; empty: none is to come to that. */
    Optional<Instant> next(List<Checkpoint> ofMachine) {
        return age().flatMap(age -> ofMachine.stream()
                .map(found -> time(found).plus(age))
                .filter(end -> end.isAfter(now))
                .min(Comparator.naturalOrder()));
    }

    private boolean isTooMany(int place) {
        return rule != null && rule.count() != null && place > rule.count();
    }

    private boolean isTooOld(Checkpoint checkpoint) {
        return age().filter(age -> !time(checkpoint).plus(age).isAfter(now)).isPresent();
    }

    private Optional<Duration> age() {
        String text = rule == null ? null : rule.age();
        if (text == null) {
            return Optional.empty();
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return Optional.of(
                switch (text.charAt(text.length() - 1)) {
                    case 'm' -> Duration.ofMinutes(number);
                    case 'h' -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    static @Nullable CheckpointPhase phase(Checkpoint checkpoint) {
        return checkpoint.getStatus() == null ? null : checkpoint.getStatus().phase();
    }

    /** The time of the schedule that it was taken for. */
    static Instant time(Checkpoint checkpoint) {
        return ScheduledCheckpoint.scheduledAt(checkpoint)
                .orElseGet(() -> Instant.parse(checkpoint.getMetadata().getCreationTimestamp()));
    }
}
