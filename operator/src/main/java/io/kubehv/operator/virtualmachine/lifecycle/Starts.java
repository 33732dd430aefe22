package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.MachineClock;
import io.kubehv.operator.virtualmachine.MachineMemory;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.SecuritySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The ways to a start, and what stands in them. */
final class Starts {
    /** Secrets are not watched: a watch would let the operator read all of them. */
    private static final Duration SECRET_AGAIN = Duration.ofSeconds(10);

    /** Nothing tells when an address is free again. */
    private static final Duration ADDRESS_AGAIN = Duration.ofSeconds(10);

    private Starts() {}

    /** A start of a VM that has no pod. */
    static Plan fresh(Observed observed) {
        return plan(observed, false, 0, List.of());
    }

    /** A start with the saved memory. */
    static Plan resume(Observed observed) {
        return plan(observed, true, 0, List.of());
    }

    /** A start in the place of a pod that ended: it is deleted, then the new one is made. */
    static Plan anew(Observed observed, boolean resume, int crashes) {
        List<Action> before = new ArrayList<>();
        Optional.ofNullable(observed.pod()).ifPresent(pod -> before.add(new Action.DeletePod(pod)));
        return plan(observed, resume, crashes, before);
    }

    private static Plan plan(Observed observed, boolean resume, int crashes, List<Action> before) {
        VirtualMachineState meanwhile = resume ? VirtualMachineState.SAVED : VirtualMachineState.OFF;
        if (observed.discarding()) {
            // A pod that ended keeps the claim from going.
            return Plan.of(
                            meanwhile,
                            Verdict.no(Reason.STARTING, "it starts when its discarded memory is gone from its volume"))
                    .and(before);
        }
        Verdict unmade = observed.origin().problem();
        if (unmade != null && !resume) {
            return Plan.of(meanwhile, unmade);
        }
        Verdict missingPart = observed.prerequisites().problem();
        if (missingPart != null) {
            return Plan.of(meanwhile, missingPart).lookAgain(SECRET_AGAIN);
        }
        if (!MachineMemory.aligned(observed.machine().getSpec())) {
            return Plan.of(
                    meanwhile,
                    Verdict.no(
                            Reason.MEMORY_NOT_VALID,
                            "memory.startup "
                                    + MachineMemory.text(observed.machine().getSpec())
                                    + " is not a multiple of 2Mi; round it"));
        }
        String timeZone = MachineClock.timeZone(observed.machine().getSpec());
        if (!resume && !MachineClock.isKnown(timeZone)) {
            return Plan.of(
                    meanwhile,
                    Verdict.no(
                            Reason.TIME_ZONE_NOT_FOUND,
                            "clock.timeZone is \"" + timeZone
                                    + "\", which is no time zone; write UTC or one such as Europe/Berlin"));
        }
        List<Verdict> unplaced = observed.network().problems();
        if (!unplaced.isEmpty()) {
            return Plan.of(meanwhile, unplaced.getFirst()).lookAgain(ADDRESS_AGAIN);
        }
        List<ResolvedDisk> missing =
                observed.disks().stream().filter(disk -> disk.problem() != null).toList();
        if (!missing.isEmpty() && !resume) {
            return Plan.of(meanwhile, Verdict.no(Reason.DISKS_NOT_READY, awaits(missing)));
        }
        List<Action> actions = new ArrayList<>(before);
        if (!resume) {
            actions.addAll(Leftovers.outdated(observed));
        }
        Optional<Verdict> taken = guestState(observed, actions);
        if (taken.isPresent()) {
            return Plan.of(meanwhile, taken.get()).lookAgain(SECRET_AGAIN);
        }
        PersistentVolumeClaim forMemory = observed.savedState();
        if (!resume && SavedState.isKeptReady(observed.machine().getSpec()) && forMemory == null) {
            actions.add(new Action.PrepareSavedState());
        }
        actions.add(new Action.CreatePod(resume, crashes));
        Reason reason = resume ? Reason.RESUMING : Reason.STARTING;
        String message = resume ? "it resumes from its saved memory" : "its pod is being started";
        return Plan.of(VirtualMachineState.STARTING, Verdict.no(reason, message))
                .and(actions);
    }

    /** Before the pod comes what it mounts: the claim of the machine's own state, and the key of its TPM. */
    private static Optional<Verdict> guestState(Observed observed, List<Action> actions) {
        VirtualMachine machine = observed.machine();
        if (!SecuritySettings.hasGuestState(machine.getSpec())) {
            return Optional.empty();
        }
        PersistentVolumeClaim claim = observed.guestState();
        if (claim != null && !Owners.owns(machine, claim)) {
            return Optional.of(Verdict.no(
                    Reason.CLAIM_NAME_TAKEN,
                    "there is a PersistentVolumeClaim \"" + GuestState.name(machine)
                            + "\" that is not this VM's; delete it or give the VM another name"));
        }
        if (claim != null && claim.getMetadata().getDeletionTimestamp() != null) {
            return Optional.of(Verdict.no(
                    Reason.CLAIM_NOT_FOUND,
                    "the claim \"" + GuestState.name(machine) + "\" of its own state is being deleted"));
        }
        if (observed.prerequisites().keyToMake()) {
            actions.add(new Action.CreateKeyProtector(claim));
        }
        if (claim == null) {
            actions.add(new Action.CreateGuestState());
        }
        return Optional.empty();
    }

    static String awaits(List<ResolvedDisk> missing) {
        return "it starts when these disks are ready: "
                + missing.stream().map(disk -> disk.disk().name()).collect(Collectors.joining(", "))
                + "; the condition DisksReady says what they wait for";
    }
}
