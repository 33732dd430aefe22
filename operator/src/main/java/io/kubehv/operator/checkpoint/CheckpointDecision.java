package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides what is done about a checkpoint that is to be there. Pure. */
final class CheckpointDecision {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(5);

    private CheckpointDecision() {}

    static CheckpointPlan decide(ObservedCheckpoint observed) {
        return switch (observed.phase()) {
            case PENDING -> CheckpointAdmission.pending(observed);
            case PREPARING -> preparing(observed);
            case CREATING, SAVING_MEMORY -> creating(observed);
            case READY -> ready(observed);
            case FAILED -> failed(observed);
            // Only what is being deleted is here.
            case DELETING -> CheckpointRemoval.decide(observed);
        };
    }

    static CheckpointPlan refuse(ObservedCheckpoint observed, Reason reason, String why) {
        CheckpointStatus status = CheckpointStatuses.at(observed.status(), CheckpointPhase.FAILED);
        return CheckpointPlan.of(status, Verdict.no(reason, why), leftovers(observed));
    }

    private static CheckpointPlan preparing(ObservedCheckpoint observed) {
        CheckpointStatus status = observed.status();
        String podUid = status.machinePodUid();
        VirtualMachine machine = observed.machine();
        Optional<PodFacts> pod = observed.livePod().filter(found -> found.uid().equals(podUid));
        if (machine == null || (podUid != null && pod.isEmpty())) {
            return refuse(
                    observed,
                    Reason.CHECKPOINT_FAILED,
                    "the VM ended before the checkpoint was taken; make a new Checkpoint when it runs");
        }
        Optional<CheckpointPlan> remains = Foreign.remains(observed);
        if (remains.isPresent()) {
            return remains.get();
        }
        if (podUid == null) {
            return ofQuiet(observed);
        }
        if (!Boolean.TRUE.equals(status.withMemory())) {
            return create(CheckpointStatuses.withMemory(status, null, null));
        }
        List<CheckpointAction> actions = new ArrayList<>();
        if (observed.memoryClaim() == null) {
            actions.add(new CheckpointAction.CreateMemoryClaim(
                    machine, pod.orElseThrow().pod()));
        }
        Pod memoryPod = observed.memoryPod();
        if (memoryPod == null) {
            actions.add(new CheckpointAction.CreateMemoryPod(machine, Objects.requireNonNull(status.nodeName())));
        } else if (new PodFacts(memoryPod).running() && observed.memoryClaim() != null) {
            return create(CheckpointStatuses.withMemory(
                    status,
                    observed.memoryClaim().getMetadata().getName(),
                    memoryPod.getMetadata().getUid()));
        }
        Verdict ready = Optional.ofNullable(memoryPod)
                .map(PodFacts::new)
                .flatMap(PodFacts::problem)
                .map(problem -> Verdict.no(
                        problem.reason(), "the volume for its memory is not there yet: " + problem.message()))
                .orElseGet(() -> Verdict.no(Reason.PREPARING, "the volume for its memory is being made"));
        return CheckpointPlan.of(CheckpointStatuses.at(status, CheckpointPhase.PREPARING), ready, actions)
                .lookAgain(LATER);
    }

    /** Of a VM that does not run: from now on it does not start, and it is looked whether it has begun to before. */
    private static CheckpointPlan ofQuiet(ObservedCheckpoint observed) {
        CheckpointStatus status = observed.status();
        boolean memory = Boolean.TRUE.equals(status.withMemory());
        Optional<PersistentVolumeClaim> saved = observed.savedMemory();
        if (observed.livePod().isPresent() || memory != saved.isPresent()) {
            return refuse(
                    observed,
                    Reason.CHECKPOINT_FAILED,
                    "the VM was started, or its saved memory deleted, before the checkpoint was taken; make a new Checkpoint");
        }
        if (observed.starting()) {
            return CheckpointPlan.of(status, Verdict.no(Reason.PREPARING, "the VM is about to start"), List.of())
                    .lookAgain(SOON);
        }
        if (!memory) {
            return create(CheckpointStatuses.withMemory(status, null, null));
        }
        PersistentVolumeClaim copy = observed.memoryClaim();
        if (copy != null
                && copy.getStatus() != null
                && "Bound".equals(copy.getStatus().getPhase())) {
            return create(
                    CheckpointStatuses.withMemory(status, copy.getMetadata().getName(), null));
        }
        return CheckpointPlan.of(
                        CheckpointStatuses.at(status, CheckpointPhase.PREPARING),
                        Verdict.no(Reason.PREPARING, "its saved memory is being copied"),
                        copy == null
                                ? List.of(new CheckpointAction.CopyMemory(
                                        saved.orElseThrow(), Objects.requireNonNull(status.nodeName())))
                                : List.of())
                .lookAgain(SOON);
    }

    private static CheckpointPlan create(CheckpointStatus status) {
        return CheckpointPlan.of(
                CheckpointStatuses.at(status, CheckpointPhase.CREATING),
                Verdict.no(Reason.CREATING, "its node's daemon takes it"),
                List.of());
    }

    private static CheckpointPlan creating(ObservedCheckpoint observed) {
        CheckpointStatus status = observed.status();
        CheckpointCapture capture = ofThisAttempt(status);
        if (capture == null || capture.stage() == Stage.STARTED) {
            return create(status).lookAgain(LATER);
        }
        return switch (capture.stage()) {
            case STARTED, DELETED -> create(status);
            case CUTTING -> Foreign.cutting(observed);
            case SAVING_MEMORY ->
                CheckpointPlan.of(
                        CheckpointStatuses.at(status, CheckpointPhase.SAVING_MEMORY),
                        Verdict.no(Reason.SAVING_MEMORY, "its disks are kept, and its memory is being written"),
                        List.of());
            case COMPLETE -> Foreign.unready(observed).orElseGet(() -> complete(observed, capture));
            case FAILED -> broken(observed, capture);
        };
    }

    private static CheckpointPlan complete(ObservedCheckpoint observed, CheckpointCapture capture) {
        Map<String, String> handles = new HashMap<>();
        Objects.requireNonNullElse(capture.snapshots(), List.<Snapshot>of())
                .forEach(snapshot -> handles.put(snapshot.volumeHandle(), snapshot.snapshotHandle()));
        CheckpointStatus before = observed.status();
        List<CheckpointDisk> disks = disks(before).stream()
                .map(disk -> disk.kept(
                        handles.get(disk.volumeHandle()),
                        VolumeSnapshotObjects.name(observed.checkpoint(), disk.name())))
                .toList();
        List<String> missing = disks.stream()
                .filter(disk -> disk.ours() && disk.snapshotHandle() == null)
                .map(CheckpointDisk::name)
                .toList();
        if (!missing.isEmpty()) {
            return refuse(
                    observed,
                    Reason.CHECKPOINT_FAILED,
                    "the CSI driver told of no snapshot of " + String.join(", ", missing));
        }
        CheckpointStatus status = CheckpointStatuses.withMemory(
                CheckpointStatuses.withDisks(before, disks), before.memoryPersistentVolumeClaim(), null);
        List<CheckpointAction> actions = new ArrayList<>(withoutPod(observed));
        actions.add(new CheckpointAction.Expose(disks));
        VirtualMachine machine = observed.machine();
        if (machine != null) {
            actions.add(new CheckpointAction.MoveMachine(machine, observed.name()));
        }
        return CheckpointPlan.of(
                        CheckpointStatuses.current(
                                CheckpointStatuses.at(status, CheckpointPhase.READY), machine != null),
                        verdict(observed, status),
                        actions)
                .lookAgain(SOON);
    }

    private static Verdict verdict(ObservedCheckpoint observed, CheckpointStatus status) {
        String disks =
                disks(status).size() == 1 ? "its disk" : "its " + disks(status).size() + " disks";
        String kept =
                Boolean.TRUE.equals(status.withMemory()) ? disks + " and its memory are kept" : disks + " are kept";
        return Verdict.yes(Reason.READY, kept + Foreign.pause(observed.status()));
    }

    private static CheckpointPlan broken(ObservedCheckpoint observed, CheckpointCapture capture) {
        String why = Objects.requireNonNullElse(capture.message(), "its node's daemon could not take it")
                + Foreign.errors(observed);
        VirtualMachine machine = observed.machine();
        Optional<PodFacts> pod = observed.livePod();
        boolean falls = observed.status().type() == CheckpointType.PRODUCTION
                && machine != null
                && pod.isPresent()
                && CheckpointRules.noMemory(machine, pod.get()).isEmpty();
        if (falls) {
            CheckpointStatus status = CheckpointStatuses.withDisks(
                    CheckpointStatuses.typed(observed.status(), CheckpointType.STANDARD, why, true),
                    Foreign.again(disks(observed.status())));
            return CheckpointPlan.of(
                            CheckpointStatuses.at(status, CheckpointPhase.PREPARING),
                            Verdict.no(Reason.PREPARING, "a Standard checkpoint is taken instead: " + why),
                            withoutSnapshots(observed))
                    .lookAgain(SOON);
        }
        return refuse(observed, Reason.CHECKPOINT_FAILED, why);
    }

    private static CheckpointPlan ready(ObservedCheckpoint observed) {
        CheckpointStatus status = CheckpointStatuses.at(observed.status(), CheckpointPhase.READY);
        return CheckpointPlan.of(
                CheckpointStatuses.current(status, isCurrent(observed)),
                verdict(observed, status),
                withoutPod(observed));
    }

    static boolean isCurrent(ObservedCheckpoint observed) {
        VirtualMachine machine = observed.machine();
        return machine != null && isAt(machine, observed.name());
    }

    private static boolean isAt(VirtualMachine machine, String checkpoint) {
        return machine.getStatus() != null
                && checkpoint.equals(machine.getStatus().checkpoint());
    }

    /** Whether a checkpoint that is there does not show of its VM what that is at. */
    static boolean showsOtherwise(Checkpoint checkpoint, VirtualMachine machine) {
        CheckpointStatus status = checkpoint.getStatus();
        return status != null
                && status.phase() == CheckpointPhase.READY
                && Boolean.TRUE.equals(status.current())
                        != isAt(machine, checkpoint.getMetadata().getName());
    }

    private static CheckpointPlan failed(ObservedCheckpoint observed) {
        Verdict ready = observed.conditions()
                .verdict(ConditionTypes.READY)
                .orElseGet(() -> Verdict.no(Reason.CHECKPOINT_FAILED, "it was not taken"));
        return CheckpointPlan.of(
                CheckpointStatuses.at(observed.status(), CheckpointPhase.FAILED), ready, leftovers(observed));
    }

    /** What a checkpoint that was not taken leaves. */
    static List<CheckpointAction> leftovers(ObservedCheckpoint observed) {
        List<CheckpointAction> actions = new ArrayList<>(withoutPod(observed));
        actions.addAll(withoutSnapshots(observed));
        Optional.ofNullable(observed.memoryClaim())
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(claim -> actions.add(new CheckpointAction.DeleteClaim(claim)));
        return actions;
    }

    private static List<CheckpointAction> withoutSnapshots(ObservedCheckpoint observed) {
        return observed.snapshots().isEmpty() ? List.of() : List.of(new CheckpointAction.Conceal());
    }

    private static List<CheckpointAction> withoutPod(ObservedCheckpoint observed) {
        return Optional.ofNullable(observed.memoryPod())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .<List<CheckpointAction>>map(pod -> List.of(new CheckpointAction.DeletePod(pod)))
                .orElse(List.of());
    }

    /** What the daemon tells of the attempt that is under way, and not of one before it. */
    static @Nullable CheckpointCapture ofThisAttempt(CheckpointStatus status) {
        CheckpointCapture capture = status.capture();
        return capture != null && capture.type() == status.type() ? capture : null;
    }

    static List<CheckpointDisk> disks(CheckpointStatus status) {
        return Objects.requireNonNullElse(status.disks(), List.of());
    }

    /** Whether a checkpoint is being taken. */
    static boolean isUnderWay(Checkpoint checkpoint) {
        CheckpointPhase phase =
                checkpoint.getStatus() == null ? null : checkpoint.getStatus().phase();
        return phase == CheckpointPhase.PREPARING
                || phase == CheckpointPhase.CREATING
                || phase == CheckpointPhase.SAVING_MEMORY;
    }
}
