package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decides about the disks of a checkpoint that other CSI drivers have. The node's daemon says when they are to be kept, waits
 * for it no longer than the guest can, and goes on without an answer; so that what is made too late is of no checkpoint. Pure.
 */
final class Foreign {
    /** While a guest stands still. */
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(2);

    private Foreign() {}

    static List<CheckpointDisk> disks(Checkpoint checkpoint) {
        CheckpointStatus status = checkpoint.getStatus();
        return status == null
                ? List.of()
                : CheckpointDecision.disks(status).stream()
                        .filter(disk -> !disk.ours())
                        .toList();
    }

    /** Their drivers, each once, in quotes. */
    static String drivers(List<CheckpointDisk> disks) {
        return disks.stream()
                .flatMap(disk -> Optional.ofNullable(disk.foreign()).stream())
                .map(foreign -> "\"" + foreign.driver() + "\"")
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** What an attempt before this one has left goes first: nobody may take it for what this one keeps. */
    static Optional<CheckpointPlan> remains(ObservedCheckpoint observed) {
        if (observed.snapshots().isEmpty()) {
            return Optional.empty();
        }
        CheckpointStatus status = observed.status();
        return Optional.of(CheckpointPlan.of(
                        CheckpointStatuses.at(status, Objects.requireNonNull(status.phase())),
                        Verdict.no(
                                Reason.PREPARING,
                                "the VolumeSnapshots of an attempt before this one are being deleted"),
                        List.of(new CheckpointAction.Conceal()))
                .lookAgain(SOON));
    }

    /** The guest stands still: what is not kept yet is made, what is kept is told. */
    static CheckpointPlan cutting(ObservedCheckpoint observed) {
        Map<String, ForeignSnapshot> found = byDisk(observed);
        List<CheckpointAction> actions = new ArrayList<>();
        List<CheckpointDisk> told = new ArrayList<>();
        for (CheckpointDisk disk : CheckpointDecision.disks(observed.status())) {
            ForeignSnapshot snapshot = found.get(disk.name());
            if (!disk.ours() && snapshot == null) {
                actions.add(new CheckpointAction.Cut(disk));
            }
            told.add(snapshot == null ? disk : kept(disk, snapshot));
        }
        CheckpointStatus status = CheckpointStatuses.withDisks(observed.status(), told);
        boolean all = told.stream()
                .allMatch(disk -> disk.foreign() == null || disk.foreign().creationTime() != null);
        CheckpointPlan plan = CheckpointPlan.of(
                CheckpointStatuses.at(status, observed.phase()),
                Verdict.no(
                        Reason.CREATING,
                        "the CSI driver " + drivers(disks(observed.checkpoint()))
                                + (all ? " has kept its disks" : " is to keep its disks")),
                actions);
        return all ? plan.lookAgain(LATER) : plan.lookAgain(AT_ONCE);
    }

    private static CheckpointDisk kept(CheckpointDisk disk, ForeignSnapshot snapshot) {
        return disk.foreign() == null || snapshot.creationTime() == null
                ? disk
                : disk.with(disk.foreign().keptAt(snapshot.creationTime(), snapshot.restoreSize()));
    }

    /** Of a whole one: what its drivers have kept and can't make volumes of yet. */
    static Optional<CheckpointPlan> unready(ObservedCheckpoint observed) {
        Map<String, ForeignSnapshot> found = byDisk(observed);
        List<CheckpointDisk> unready = disks(observed.checkpoint()).stream()
                .filter(disk -> !found.containsKey(disk.name())
                        || !found.get(disk.name()).ready())
                .toList();
        return unready.isEmpty()
                ? Optional.empty()
                : Optional.of(CheckpointPlan.of(
                                CheckpointStatuses.at(observed.status(), observed.phase()),
                                Verdict.no(
                                        Reason.CREATING,
                                        "all is kept, and the guest goes on; the CSI driver " + drivers(unready)
                                                + " makes its VolumeSnapshots ready" + errors(observed)),
                                List.of())
                        .lookAgain(LATER));
    }

    /** What the drivers say that went wrong. */
    static String errors(ObservedCheckpoint observed) {
        return observed.snapshots().stream()
                .filter(snapshot -> snapshot.error() != null)
                .map(snapshot -> "; disk \"" + snapshot.disk() + "\": " + snapshot.error())
                .collect(Collectors.joining());
    }

    /** The same disks, with nothing kept of them. */
    static List<CheckpointDisk> again(List<CheckpointDisk> disks) {
        return disks.stream()
                .map(disk ->
                        disk.foreign() == null ? disk : disk.with(disk.foreign().again()))
                .toList();
    }

    /** Why the guest stood still for longer; empty: it did not. */
    static String pause(CheckpointStatus status) {
        List<CheckpointDisk> others = CheckpointDecision.disks(status).stream()
                .filter(disk -> !disk.ours())
                .toList();
        CheckpointCapture capture = status.capture();
        if (others.isEmpty() || capture == null) {
            return "";
        }
        String pause = capture.frozenTime() != null
                ? "its guest's file systems were held for " + capture.frozenTime()
                : capture.blackout() == null
                        ? "they were kept within"
                        : "its guest stood still for " + capture.blackout();
        String longer = capture.cutTime() == null ? "" : ", of which " + capture.cutTime() + " are the disks'";
        return "; " + pause + longer + ": the CSI driver " + drivers(others)
                + " keeps disks by VolumeSnapshots, which takes longer than KubeHV's own";
    }

    private static Map<String, ForeignSnapshot> byDisk(ObservedCheckpoint observed) {
        return observed.snapshots().stream().collect(Collectors.toMap(ForeignSnapshot::disk, Function.identity()));
    }
}
