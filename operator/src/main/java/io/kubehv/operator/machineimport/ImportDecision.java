package io.kubehv.operator.machineimport;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.ImportStatus;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedMemory;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.machineimport.dependent.ImportedDisk;
import io.kubehv.operator.machineimport.dependent.ImportedGuestState;
import io.kubehv.operator.machineimport.dependent.ImportedMachine;
import io.kubehv.operator.machineimport.dependent.ImportedMemory;
import io.kubehv.operator.machineimport.dependent.MachineImportPod;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides what is done about an import. Pure, but for the settings that pods are made by. */
final class ImportDecision {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(5);

    /** A pod that is ended by others again and again has a reason that time does not heal. */
    private static final int MOST_INTERRUPTIONS = 5;

    /** What a disk says that will be no better for waiting. */
    private static final Set<Reason> HOPELESS = EnumSet.of(
            Reason.CHECKSUM_MISMATCH,
            Reason.IMAGE_INVALID,
            Reason.IMAGE_TRUNCATED,
            Reason.BACKING_FILE_REFUSED,
            Reason.SIZE_TOO_SMALL,
            Reason.DISK_MISSING,
            Reason.DISK_NAME_TAKEN,
            Reason.STORAGE_CLASS_NOT_FOUND,
            Reason.CLAIM_REFUSED);

    private final ObservedImport observed;
    private final OperatorSettings settings;

    private ImportDecision(ObservedImport observed, OperatorSettings settings) {
        this.observed = observed;
        this.settings = settings;
    }

    static ImportPlan decide(ObservedImport observed, OperatorSettings settings) {
        ImportDecision decision = new ImportDecision(observed, settings);
        return switch (observed.phase()) {
            case PENDING, INSPECTING -> decision.inspecting();
            case COPYING -> decision.copying();
            case IMPORTED -> decision.over(decision.handOver());
            case FAILED -> decision.over(decision.leftovers());
        };
    }

    private ImportPlan inspecting() {
        if (!observed.missing().isEmpty()) {
            return plan(
                            ImportStatuses.at(observed.status(), ImportPhase.PENDING),
                            Verdict.no(Reason.SECRET_NOT_FOUND, observed.missing()),
                            List.of())
                    .lookAgain(LATER);
        }
        Pod pod = observed.inspection();
        if (pod == null) {
            return inspect(
                    List.of(new ImportAction.CreatePod(MachineImportPod.inspection(observed.request(), settings))));
        }
        PodFacts facts = new PodFacts(pod);
        if (facts.failed()) {
            return broken(facts, ImportPhase.INSPECTING, "the manifest");
        }
        if (!facts.succeeded()) {
            Verdict ready = facts.problem()
                    .map(problem -> Verdict.no(problem.reason(), problem.message()))
                    .orElseGet(() -> Verdict.no(Reason.INSPECTING, "the manifest is being read"));
            return plan(ImportStatuses.at(observed.status(), ImportPhase.INSPECTING), ready, List.of());
        }
        if (observed.problem() != null) {
            return failed(Reason.MANIFEST_INVALID, observed.problem());
        }
        VirtualMachine desired = observed.desired();
        if (desired == null) {
            // Its log can't be read at present.
            return inspect(List.of()).lookAgain(LATER);
        }
        return admit(desired, Objects.requireNonNull(observed.manifest()));
    }

    private ImportPlan inspect(List<ImportAction> actions) {
        return plan(
                ImportStatuses.at(observed.status(), ImportPhase.INSPECTING),
                Verdict.no(Reason.INSPECTING, "the manifest is being read"),
                actions);
    }

    /** Everything that can be known before anything is made. */
    private ImportPlan admit(VirtualMachine desired, ExportManifest manifest) {
        String name = desired.getMetadata().getName();
        if (observed.machine() != null) {
            return failed(
                    Reason.NAME_TAKEN,
                    "there is a VirtualMachine \"" + name
                            + "\" in the namespace; give the new one another name by virtualMachine");
        }
        if (ImportedMachine.registers(observed.request())) {
            if (manifest.uuid() == null) {
                return failed(
                        Reason.MANIFEST_INVALID,
                        "the manifest has no uuid, so there is no identity to register; use mode Copy");
            }
            if (observed.registered() != null) {
                return failed(
                        Reason.ALREADY_REGISTERED,
                        "the VirtualMachine " + observed.registered() + " has the UUID " + manifest.uuid()
                                + " of the exported one; delete it, or use mode Copy");
            }
        }
        Optional<String> taken = Stream.concat(
                        observed.disks().stream()
                                .filter(disk -> !Owners.owns(observed.request(), disk))
                                .map(disk -> "VirtualHardDisk \""
                                        + disk.getMetadata().getName()),
                        observed.strangers().stream().map(claim -> "PersistentVolumeClaim \"" + claim))
                .findFirst();
        if (taken.isPresent()) {
            return failed(
                    Reason.NAME_TAKEN,
                    "there is a " + taken.get()
                            + "\" in the namespace, a name that is needed; give the VM another name by virtualMachine");
        }
        List<String> disks = ImportedDisk.desired(observed.request(), manifest, desired).stream()
                .map(disk -> disk.getMetadata().getName())
                .toList();
        return plan(
                        ImportStatuses.copying(
                                observed.status(),
                                name,
                                disks,
                                ImportedMemory.of(observed.request(), manifest).isPresent()),
                        Verdict.no(Reason.IMPORTING, "its disks are being filled"),
                        List.of(new ImportAction.TryMachine(desired)))
                .lookAgain(Duration.ofMillis(1));
    }

    private ImportPlan copying() {
        VirtualMachine machine = observed.machine();
        if (machine != null && ImportedMachine.isOf(observed.request(), machine)) {
            return imported();
        }
        if (machine != null) {
            return failed(
                    Reason.NAME_TAKEN,
                    "a VirtualMachine \"" + machine.getMetadata().getName()
                            + "\" was made meanwhile; use another name");
        }
        VirtualMachine desired = observed.desired();
        ExportManifest manifest = observed.manifest();
        if (desired == null || manifest == null) {
            Pod pod = observed.inspection();
            return pod == null
                    ? copies(List.of(new ImportAction.CreatePod(
                                    MachineImportPod.inspection(observed.request(), settings))))
                            .lookAgain(LATER)
                    : copies(List.of()).lookAgain(LATER);
        }
        List<ImportAction> actions = new ArrayList<>();
        int filled = 0;
        Verdict ready = Verdict.no(Reason.IMPORTING, "its disks are being filled");
        List<VirtualHardDisk> wanted = ImportedDisk.desired(observed.request(), manifest, desired);
        for (VirtualHardDisk disk : wanted) {
            Optional<VirtualHardDisk> own = observed.own(disk.getMetadata().getName());
            if (own.isEmpty()) {
                actions.add(new ImportAction.CreateDisk(disk));
                continue;
            }
            Optional<Verdict> said = said(own.get());
            if (said.flatMap(verdict -> Reason.of(verdict.reason()))
                    .filter(HOPELESS::contains)
                    .isPresent()) {
                return failed(new Verdict(
                        false,
                        said.get().reason(),
                        "disk \"" + disk.getMetadata().getName() + "\": "
                                + said.get().message()));
            }
            if (isReady(own.get())) {
                filled++;
            } else if (said.isPresent() && !said.get().holds()) {
                ready = Verdict.no(
                        Reason.IMPORTING,
                        "disk \"" + disk.getMetadata().getName() + "\": "
                                + said.get().message());
            }
        }
        Optional<PackedMemory> memory = ImportedMemory.of(observed.request(), manifest);
        boolean guestState = !manifest.guestState().isEmpty();
        boolean stateful = guestState || memory.isPresent();
        boolean stateReady = !stateful;
        if (stateful) {
            Pod pod = observed.statePod();
            PodFacts facts = pod == null ? null : new PodFacts(pod);
            if (facts != null && facts.failed()) {
                return broken(facts, ImportPhase.COPYING, "what the machine remembers");
            }
            stateReady = facts != null && facts.succeeded();
            if (guestState && observed.ownGuestState().isEmpty()) {
                actions.add(new ImportAction.CreateClaim(ImportedGuestState.desired(observed.request(), desired)));
            }
            if (memory.isPresent() && observed.ownSavedState().isEmpty()) {
                actions.add(new ImportAction.CreateClaim(
                        ImportedMemory.desired(observed.request(), memory.get(), desired)));
            }
            // The first disk decides the node: its claim must be there, as the pod names it.
            boolean first = wanted.isEmpty()
                    || observed.own(wanted.getFirst().getMetadata().getName()).isPresent();
            if (facts == null && first) {
                actions.add(new ImportAction.CreatePod(
                        MachineImportPod.state(observed.request(), manifest, desired, settings)));
            }
        }
        if (filled == wanted.size() && stateReady && actions.isEmpty()) {
            return copies(List.of(new ImportAction.CreateMachine(desired))).lookAgain(SOON);
        }
        return plan(ImportStatuses.progress(observed.status(), filled + "/" + wanted.size() + " disks"), ready, actions)
                .lookAgain(SOON);
    }

    private ImportPlan copies(List<ImportAction> actions) {
        return plan(observed.status(), Verdict.no(Reason.IMPORTING, "the VM is being made"), actions);
    }

    private static Optional<Verdict> said(VirtualHardDisk disk) {
        return disk.getStatus() == null
                ? Optional.empty()
                : new Conditions(disk.getStatus().conditions()).verdict(ConditionTypes.READY);
    }

    private static boolean isReady(VirtualHardDisk disk) {
        return disk.getStatus() != null && disk.getStatus().phase() == VirtualHardDiskPhase.READY;
    }

    private ImportPlan imported() {
        ImportStatus status = ImportStatuses.imported(observed.status(), observed.now());
        return plan(
                        status,
                        Verdict.yes(
                                Reason.IMPORTED,
                                "the VirtualMachine \"" + status.virtualMachine() + "\" is there and "
                                        + (Boolean.TRUE.equals(status.memory())
                                                ? "saved; set its powerState to Running, and its guest goes on"
                                                : "off; set its powerState to Running" + leftMemory())),
                        handOver())
                .lookAgain(SOON);
    }

    private String leftMemory() {
        ExportManifest manifest = observed.manifest();
        return manifest == null || manifest.memory() == null
                ? ""
                : ". Its guest starts: a copy has another identity, which the exported memory does not go on under (mode"
                        + " Register gives it back)";
    }

    private ImportPlan broken(PodFacts pod, ImportPhase phase, String what) {
        JsonNode told = OneShotPod.told(pod);
        if (told.path("reason").isTextual()) {
            return failed(Verdict.no(
                    told.path("reason").asText(), told.path("message").asText()));
        }
        String words = pod.lastWords(OneShotPod.CONTAINER);
        int interruptions = Objects.requireNonNullElse(observed.status().interruptions(), 0) + 1;
        if (interruptions > MOST_INTERRUPTIONS) {
            return failed(
                    Reason.IMPORT_FAILED,
                    "the pod that reads " + what + " was ended " + interruptions + " times"
                            + (words.isEmpty() ? "" : ", at last: " + words));
        }
        Verdict ready = Verdict.no(
                Reason.IMPORTING,
                "the pod that reads " + what + " was ended" + (words.isEmpty() ? "" : ": " + words)
                        + "; it begins anew");
        if (pod.deleting()) {
            return plan(observed.status(), ready, List.of()).lookAgain(SOON);
        }
        return plan(
                        ImportStatuses.interrupted(observed.status(), phase, interruptions),
                        ready,
                        List.of(new ImportAction.DeletePod(pod.pod())))
                .lookAgain(SOON);
    }

    private ImportPlan failed(Reason reason, String why) {
        return failed(Verdict.no(reason, why));
    }

    private ImportPlan failed(Verdict why) {
        return failed(observed, why);
    }

    /** It ends here, and what it made goes. */
    static ImportPlan failed(ObservedImport observed, Verdict why) {
        return plan(ImportStatuses.at(observed.status(), ImportPhase.FAILED), why, leftovers(observed))
                .lookAgain(SOON);
    }

    private ImportPlan over(List<ImportAction> actions) {
        Verdict ready = observed.conditions()
                .verdict(ConditionTypes.READY)
                .orElseGet(() -> Verdict.no(Reason.IMPORT_FAILED, "it was not imported"));
        ImportPlan plan = plan(observed.status(), ready, actions);
        return actions.isEmpty() ? plan : plan.lookAgain(LATER);
    }

    /** What was the import's is the VM's, or its user's. */
    private List<ImportAction> handOver() {
        List<ImportAction> actions = new ArrayList<>();
        VirtualMachine machine = observed.machine();
        if (machine != null) {
            observed.ownClaims().forEach(claim -> actions.add(new ImportAction.GiveClaim(claim, machine)));
        }
        observed.disks().stream()
                .filter(disk -> Owners.owns(observed.request(), disk))
                .forEach(disk -> actions.add(new ImportAction.ReleaseDisk(disk)));
        actions.addAll(pods(observed));
        return actions;
    }

    private List<ImportAction> leftovers() {
        return leftovers(observed);
    }

    private static List<ImportAction> leftovers(ObservedImport observed) {
        List<ImportAction> actions = new ArrayList<>(pods(observed));
        observed.disks().stream()
                .filter(disk -> Owners.owns(observed.request(), disk))
                .filter(disk -> disk.getMetadata().getDeletionTimestamp() == null)
                .forEach(disk -> actions.add(new ImportAction.DeleteDisk(disk)));
        observed.ownClaims().stream()
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .forEach(claim -> actions.add(new ImportAction.DeleteClaim(claim)));
        return actions;
    }

    private static List<ImportAction> pods(ObservedImport observed) {
        return Stream.<@Nullable Pod>of(observed.inspection(), observed.statePod())
                .flatMap(Stream::ofNullable)
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .<ImportAction>map(ImportAction.DeletePod::new)
                .toList();
    }

    private static ImportPlan plan(ImportStatus status, Verdict ready, List<ImportAction> actions) {
        return new ImportPlan(status, ready, actions, null);
    }
}
