package io.kubehv.operator.checkpointschedule;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointScheduleSpec;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.checkpoint.CheckpointLimit;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a schedule takes and what it deletes. A time is acted on once: the status remembers the last, and of times that
 * passed while nobody looked only the last counts. Pure.
 */
final class ScheduleDecision {
    /** A timer that long is not to be trusted with a clock that somebody sets. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final ObservedSchedule observed;
    private final CheckpointScheduleSpec spec;
    private final Map<String, List<Checkpoint>> byMachine;

    private ScheduleDecision(ObservedSchedule observed) {
        this.observed = observed;
        this.spec = observed.schedule().getSpec();
        this.byMachine = observed.taken().stream()
                .collect(Collectors.groupingBy(found -> found.getSpec().virtualMachine()));
    }

    static SchedulePlan decide(ObservedSchedule observed) {
        return new ScheduleDecision(observed).plan();
    }

    private SchedulePlan plan() {
        CronTimes times;
        try {
            times = CronTimes.of(spec.schedule(), Objects.requireNonNullElse(spec.timeZone(), "UTC"));
        } catch (IllegalArgumentException e) {
            return new SchedulePlan(
                    status(observed.status().lastScheduleTime(), null),
                    Verdict.no(Reason.SCHEDULE_NOT_VALID, String.valueOf(e.getMessage())),
                    List.of(),
                    null,
                    outdated(),
                    expiry());
        }
        if (Boolean.TRUE.equals(spec.suspend())) {
            return new SchedulePlan(
                    status(observed.status().lastScheduleTime(), null),
                    Verdict.yes(Reason.SUSPENDED, "it takes none while suspend is true"),
                    List.of(),
                    null,
                    outdated(),
                    expiry());
        }
        Optional<Instant> due = times.last(observed.since(), observed.now());
        boolean late = due.filter(this::isTooLate).isPresent();
        Optional<Instant> acts = due.filter(_ -> !late);
        Optional<Instant> next = times.after(observed.now());
        List<VirtualMachine> take = acts.isPresent()
                ? observed.machines().stream().filter(this::isTaken).toList()
                : List.of();
        return new SchedulePlan(
                status(
                        acts.map(Instant::toString).orElse(observed.status().lastScheduleTime()),
                        next.map(Instant::toString).orElse(null)),
                verdict(due.filter(_ -> late), next),
                take,
                take.isEmpty() ? null : acts.orElse(null),
                outdated(),
                sooner(next.map(time -> Duration.between(observed.now(), time)).orElse(null), expiry()));
    }

    private boolean isTooLate(Instant due) {
        Long deadline = spec.startingDeadlineSeconds();
        return deadline != null && due.plusSeconds(deadline).isBefore(observed.now());
    }

    /** Not where it would be refused, nor behind one of its own that is being taken yet. */
    private boolean isTaken(VirtualMachine machine) {
        return !isDisabled(machine) && !isFull(machine) && ofMachine(machine).noneMatch(ScheduleDecision::isUnderWay);
    }

    private Stream<Checkpoint> ofMachine(VirtualMachine machine) {
        return byMachine.getOrDefault(machine.getMetadata().getName(), List.of()).stream();
    }

    private static boolean isUnderWay(Checkpoint checkpoint) {
        CheckpointPhase phase = Retention.phase(checkpoint);
        return phase != CheckpointPhase.READY && phase != CheckpointPhase.FAILED && phase != CheckpointPhase.DELETING;
    }

    private static boolean isDisabled(VirtualMachine machine) {
        return machine.getSpec().checkpointType() == CheckpointType.DISABLED;
    }

    private boolean isFull(VirtualMachine machine) {
        return observed.counts().getOrDefault(machine.getMetadata().getName(), 0L) >= CheckpointLimit.MOST;
    }

    private Verdict verdict(Optional<Instant> missed, Optional<Instant> next) {
        List<String> full = names(observed.machines().stream().filter(this::isFull));
        if (!full.isEmpty()) {
            return Verdict.no(
                    Reason.TOO_MANY_CHECKPOINTS,
                    "none is taken of " + String.join(", ", full) + ", which has " + CheckpointLimit.MOST
                            + " checkpoints, the most that a VM may have; delete some, or lower retention.count");
        }
        List<String> disabled = names(observed.machines().stream().filter(ScheduleDecision::isDisabled));
        if (!disabled.isEmpty()) {
            return Verdict.no(
                    Reason.CHECKPOINTS_DISABLED,
                    "none is taken of " + String.join(", ", disabled) + ", whose checkpointType is Disabled");
        }
        if (observed.machines().isEmpty()) {
            return Verdict.no(
                    Reason.VIRTUAL_MACHINE_NOT_FOUND,
                    spec.virtualMachine() == null
                            ? "no VirtualMachine of its namespace has the labels of its selector"
                            : "there is no VirtualMachine \"" + spec.virtualMachine() + "\" in its namespace");
        }
        if (missed.isPresent()) {
            return Verdict.yes(
                    Reason.SCHEDULE_MISSED,
                    "the time " + missed.get() + " was missed by more than startingDeadlineSeconds, and is let go");
        }
        return next.isEmpty()
                ? Verdict.no(
                        Reason.SCHEDULE_NOT_VALID, "schedule: \"" + spec.schedule() + "\" names no time that ever is")
                : Verdict.yes(Reason.SCHEDULED, "checkpoints are taken when it is time");
    }

    private static List<String> names(Stream<VirtualMachine> machines) {
        return machines.map(machine -> machine.getMetadata().getName()).sorted().toList();
    }

    private List<Checkpoint> outdated() {
        Retention retention = new Retention(spec.retention(), observed.now());
        List<Checkpoint> outdated = new ArrayList<>();
        byMachine.values().forEach(found -> outdated.addAll(retention.outdated(found)));
        return outdated;
    }

    private @Nullable Duration expiry() {
        Retention retention = new Retention(spec.retention(), observed.now());
        return byMachine.values().stream()
                .flatMap(found -> retention.next(found).stream())
                .min(Comparator.naturalOrder())
                .map(time -> bounded(Duration.between(observed.now(), time)))
                .orElse(null);
    }

    private static @Nullable Duration sooner(@Nullable Duration one, @Nullable Duration other) {
        return Stream.of(Optional.ofNullable(one), Optional.ofNullable(other))
                .flatMap(Optional::stream)
                .map(ScheduleDecision::bounded)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static Duration bounded(Duration wait) {
        if (wait.compareTo(LONGEST) > 0) {
            return LONGEST;
        }
        return wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait;
    }

    private CheckpointScheduleStatus status(@Nullable String last, @Nullable String next) {
        List<Checkpoint> ready = observed.taken().stream()
                .filter(found -> Retention.phase(found) == CheckpointPhase.READY)
                .sorted(Comparator.comparing(Retention::time))
                .toList();
        return new CheckpointScheduleStatus(
                last,
                next,
                ready.isEmpty() ? null : ready.getLast().getMetadata().getName(),
                ready.size(),
                observed.schedule().getMetadata().getGeneration(),
                null);
    }
}
