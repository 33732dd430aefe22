package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;

/**
 * A memory that came with an import. It becomes the VM's saved state once it is known that the VM would start as the very
 * machine that the memory is of; until then nothing starts, as the disks would go on without it.
 */
final class ImportedMemory {
    private ImportedMemory() {}

    /** What is done about it; empty: there is none, or it is given up. */
    static Optional<Plan> plan(Observed observed) {
        PersistentVolumeClaim claim = observed.savedState();
        Optional<VirtualMachineDefinition> of = Optional.ofNullable(claim).flatMap(SavedState::imported);
        return claim == null || of.isEmpty() || observed.discarding() || observed.wanted() == PowerState.OFF
                ? Optional.empty()
                : Optional.of(plan(observed, claim, of.get()));
    }

    private static Plan plan(Observed observed, PersistentVolumeClaim claim, VirtualMachineDefinition of) {
        if (!Owners.owns(observed.machine(), claim)) {
            return waits(Verdict.no(Reason.RESUMING, "its import is about to give it its memory"));
        }
        List<Verdict> unplaced = observed.network().problems();
        if (!unplaced.isEmpty()) {
            return waits(unplaced.getFirst());
        }
        List<ResolvedDisk> missing =
                observed.disks().stream().filter(disk -> disk.problem() != null).toList();
        if (!missing.isEmpty()) {
            return waits(Verdict.no(Reason.DISKS_NOT_READY, Starts.awaits(missing)));
        }
        NavigableSet<String> differing =
                of.differences(LauncherPod.definition(observed.machine(), observed.identity(), observed.disks()));
        if (!differing.isEmpty()) {
            return waits(Verdict.no(
                    Reason.MEMORY_DOES_NOT_FIT,
                    "its imported memory is of a machine with other " + String.join(", ", differing)
                            + " than its spec describes, and is kept; make the spec what it was, or set powerState to Off,"
                            + " which deletes the memory"));
        }
        return Plan.of(
                VirtualMachineState.SAVED,
                Verdict.no(Reason.SAVING, "its imported memory becomes its saved one"),
                new Action.AdoptSavedState(claim));
    }

    private static Plan waits(Verdict why) {
        return Plan.of(VirtualMachineState.OFF, why);
    }
}
