package io.kubehv.operator.export;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.ExportStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.export.dependent.ExportClaim;
import io.kubehv.operator.export.dependent.ExportPod;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.SecuritySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Decides what is done about an export. Pure. */
final class ExportDecision {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Duration PROGRESS = Duration.ofSeconds(3);

    /** A pod that is ended by others again and again has a reason that time does not heal. */
    private static final int MOST_INTERRUPTIONS = 5;

    private ExportDecision() {}

    static ExportPlan decide(ObservedExport observed) {
        return switch (observed.phase()) {
            case PENDING, CHECKPOINTING -> before(observed);
            case COPYING -> copying(observed);
            case EXPORTED, FAILED -> over(observed);
        };
    }

    /** Nothing is copied yet. */
    private static ExportPlan before(ObservedExport observed) {
        if (!observed.missing().isEmpty()) {
            return waits(observed, ExportPhase.PENDING, Reason.SECRET_NOT_FOUND, observed.missing());
        }
        Checkpoint checkpoint = observed.checkpoint();
        String named = observed.export().getSpec().checkpoint();
        if (named == null) {
            VirtualMachine machine = observed.machine();
            if (machine == null) {
                return waits(
                        observed,
                        ExportPhase.PENDING,
                        Reason.VIRTUAL_MACHINE_NOT_FOUND,
                        "there is no VirtualMachine \""
                                + observed.export().getSpec().virtualMachine() + "\" in its namespace");
            }
            if (checkpoint == null) {
                return take(observed, machine);
            }
            if (!observed.isOwn(checkpoint)) {
                return failed(
                        observed,
                        Reason.NAME_TAKEN,
                        "there is a Checkpoint \"" + checkpoint.getMetadata().getName()
                                + "\", the name of the one that would be taken for this export; give the Export another name");
            }
        } else if (checkpoint == null) {
            return waits(
                    observed,
                    ExportPhase.PENDING,
                    Reason.CHECKPOINT_NOT_FOUND,
                    "there is no Checkpoint \"" + named + "\" in its namespace");
        }
        return behind(observed, checkpoint, named == null);
    }

    private static ExportPlan take(ObservedExport observed, VirtualMachine machine) {
        return plan(
                        ExportStatuses.at(observed.status(), ExportPhase.CHECKPOINTING),
                        Verdict.no(Reason.PREPARING, "a checkpoint of the VM is taken for it"),
                        List.of(new ExportAction.TakeCheckpoint(machine)))
                .lookAgain(SOON);
    }

    private static ExportPlan behind(ObservedExport observed, Checkpoint checkpoint, boolean own) {
        CheckpointStatus status = Objects.requireNonNullElse(checkpoint.getStatus(), CheckpointStatus.NONE);
        String name = checkpoint.getMetadata().getName();
        Optional<Verdict> said = new Conditions(status.conditions()).verdict(ConditionTypes.READY);
        String words = said.map(Verdict::message).orElse("it is new");
        CheckpointPhase phase = status.phase();
        if (phase == CheckpointPhase.FAILED || phase == CheckpointPhase.DELETING) {
            return failed(
                    observed,
                    Reason.EXPORT_FAILED,
                    (own
                                    ? "the checkpoint of the VM that an export copies could not be taken: "
                                    : "the checkpoint \"" + name + "\" can't be exported: ")
                            + words);
        }
        if (phase != CheckpointPhase.READY) {
            return waits(
                    observed,
                    own ? ExportPhase.CHECKPOINTING : ExportPhase.PENDING,
                    Reason.CHECKPOINT_NOT_READY,
                    "it waits for the checkpoint \"" + name + "\": " + words);
        }
        VirtualMachine machine = observed.machine();
        if (machine == null) {
            return failed(observed, Reason.EXPORT_FAILED, "the VM of the checkpoint is gone, and its spec with it");
        }
        Optional<Verdict> noMemory = observed.wantsMemory() ? noMemory(observed, status, name) : Optional.empty();
        if (noMemory.isPresent()) {
            return failed(observed, noMemory.get());
        }
        return plan(
                        ExportStatuses.copying(
                                observed.status(),
                                machine.getMetadata().getName(),
                                name,
                                captured(status),
                                observed.wantsMemory(),
                                ExportPod.location(observed.export())),
                        Verdict.no(Reason.EXPORTING, "its disks are being copied"),
                        List.of())
                .lookAgain(Duration.ofMillis(1));
    }

    /**
     * Why the checkpoint's memory can't be exported. What an import makes is what the spec says now, so that is the machine that
     * the memory has to go on in.
     */
    private static Optional<Verdict> noMemory(ObservedExport observed, CheckpointStatus status, String name) {
        PersistentVolumeClaim kept = observed.memory();
        Optional<VirtualMachineDefinition> of = Optional.ofNullable(kept).flatMap(SavedState::definition);
        if (status.memoryPersistentVolumeClaim() == null || of.isEmpty()) {
            return Optional.of(Verdict.no(
                    Reason.NO_MEMORY,
                    status.machinePodUid() == null
                            ? "the VM was off, so there is no memory of it; export it without memory"
                            : "the checkpoint \"" + name
                                    + "\" has no memory; name a Standard one, or export it without memory"));
        }
        VirtualMachineDefinition present = observed.present();
        NavigableSet<String> differing =
                present == null ? new TreeSet<>(Set.of("uuid")) : of.get().differences(present);
        return differing.isEmpty()
                ? Optional.empty()
                : Optional.of(Verdict.no(
                        Reason.MEMORY_DOES_NOT_FIT,
                        "the VM's spec has changed since its memory was kept, in " + String.join(", ", differing)
                                + ", and an import makes what the spec says now: the memory would not go on in that; make"
                                + " the spec what it was, or export without memory"));
    }

    /** What a checkpoint's disks are; null: of a VM that was off, and not saved. */
    private static @Nullable CaptureState captured(CheckpointStatus status) {
        if (status.machinePodUid() == null && !Boolean.TRUE.equals(status.withMemory())) {
            return null;
        }
        return status.type() == CheckpointType.STANDARD ? CaptureState.CRASH_CONSISTENT : CaptureState.DATA_CONSISTENT;
    }

    private static ExportPlan copying(ObservedExport observed) {
        Checkpoint checkpoint = observed.checkpoint();
        VirtualMachine machine = observed.machine();
        Optional<PodFacts> pod = Optional.ofNullable(observed.pod()).map(PodFacts::new);
        if (pod.filter(PodFacts::succeeded).isPresent()) {
            return exported(observed, pod.get());
        }
        if (checkpoint == null || machine == null) {
            return failed(observed, Reason.EXPORT_FAILED, "the checkpoint or its VM went while it was copied");
        }
        if (pod.filter(PodFacts::failed).isPresent()) {
            return broken(observed, pod.get());
        }
        List<ExportAction> actions = new ArrayList<>();
        String node = Objects.requireNonNull(checkpoint.getStatus().nodeName());
        for (CheckpointDisk disk : observed.disks()) {
            PersistentVolumeClaim source = observed.sources().get(disk.name());
            if (source == null) {
                return failed(
                        observed,
                        Reason.EXPORT_FAILED,
                        "the claim \"" + disk.persistentVolumeClaim() + "\" of disk \"" + disk.name()
                                + "\" is gone, so that nobody knows what kind of volume its snapshot was made of");
            }
            String name = ExportClaim.name(observed.export(), disk.name());
            if (observed.claims().stream()
                    .noneMatch(claim -> claim.getMetadata().getName().equals(name))) {
                actions.add(new ExportAction.CreateClaim(disk, source, node));
            }
        }
        if (pod.isEmpty()) {
            actions.add(new ExportAction.CreatePod(machine, checkpoint));
        }
        Verdict ready = pod.flatMap(PodFacts::problem)
                .map(problem -> Verdict.no(problem.reason(), problem.message()))
                .orElseGet(() -> Verdict.no(Reason.EXPORTING, "its disks are being copied"));
        return plan(ExportStatuses.progress(observed.status(), observed.percent()), ready, actions)
                .lookAgain(PROGRESS);
    }

    private static ExportPlan exported(ObservedExport observed, PodFacts pod) {
        JsonNode told = OneShotPod.told(pod);
        ExportStatus status = ExportStatuses.exported(
                observed.status(),
                told.path("bytes").asLong(),
                told.path("exportedAt").asText(observed.now().toString()));
        return plan(
                        status,
                        Verdict.yes(Reason.EXPORTED, "all of it is at " + status.location() + key(observed)),
                        leftovers(observed))
                .lookAgain(SOON);
    }

    private static String key(ObservedExport observed) {
        VirtualMachine machine = observed.machine();
        return machine == null || !SecuritySettings.hasTpm(machine.getSpec())
                ? ""
                : ", but not the key of its TPM: for an import elsewhere bring the Secret \""
                        + KeyProtector.name(machine) + "\" along";
    }

    private static ExportPlan broken(ObservedExport observed, PodFacts pod) {
        JsonNode told = OneShotPod.told(pod);
        if (told.path("reason").isTextual()) {
            return failed(
                    observed,
                    Verdict.no(
                            told.path("reason").asText(), told.path("message").asText()));
        }
        int interruptions = Objects.requireNonNullElse(observed.status().interruptions(), 0) + 1;
        String words = pod.lastWords(OneShotPod.CONTAINER);
        if (interruptions > MOST_INTERRUPTIONS) {
            return failed(
                    observed,
                    Reason.EXPORT_FAILED,
                    "its pod was ended " + interruptions + " times" + (words.isEmpty() ? "" : ", at last: " + words));
        }
        if (pod.deleting()) {
            return plan(observed.status(), Verdict.no(Reason.EXPORTING, "its pod is made anew"), List.of())
                    .lookAgain(SOON);
        }
        return plan(
                        ExportStatuses.interrupted(observed.status(), interruptions),
                        Verdict.no(
                                Reason.EXPORTING,
                                "its pod was ended" + (words.isEmpty() ? "" : ": " + words) + "; it begins anew"),
                        List.of(new ExportAction.DeletePod(pod.pod())))
                .lookAgain(SOON);
    }

    private static ExportPlan over(ObservedExport observed) {
        Verdict ready = observed.conditions()
                .verdict(ConditionTypes.READY)
                .orElseGet(() -> Verdict.no(Reason.EXPORT_FAILED, "it was not exported"));
        List<ExportAction> actions = leftovers(observed);
        ExportPlan plan = plan(observed.status(), ready, actions);
        return actions.isEmpty() ? plan : plan.lookAgain(LATER);
    }

    private static ExportPlan failed(ObservedExport observed, Reason reason, String why) {
        return failed(observed, Verdict.no(reason, why));
    }

    private static ExportPlan failed(ObservedExport observed, Verdict why) {
        return plan(ExportStatuses.at(observed.status(), ExportPhase.FAILED), why, leftovers(observed))
                .lookAgain(SOON);
    }

    /** What an export leaves in the cluster: nothing. The checkpoint is last, as it goes by itself from then on. */
    static List<ExportAction> leftovers(ObservedExport observed) {
        List<ExportAction> actions = new ArrayList<>();
        Optional.ofNullable(observed.pod())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(pod -> actions.add(new ExportAction.DeletePod(pod)));
        observed.claims().stream()
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .forEach(claim -> actions.add(new ExportAction.DeleteClaim(claim)));
        Optional.ofNullable(observed.checkpoint())
                .filter(observed::isOwn)
                .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(found -> actions.add(new ExportAction.DeleteCheckpoint(found)));
        return actions;
    }

    private static ExportPlan waits(ObservedExport observed, ExportPhase phase, Reason reason, String why) {
        return plan(ExportStatuses.at(observed.status(), phase), Verdict.no(reason, why), List.of())
                .lookAgain(SOON);
    }

    private static ExportPlan plan(ExportStatus status, Verdict ready, List<ExportAction> actions) {
        return new ExportPlan(status, ready, actions, null);
    }
}
