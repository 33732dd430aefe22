package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.AutomaticStarts;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import java.util.Optional;

/** No pod, nothing saved. */
public final class OffHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        Optional<Plan> imported = ImportedMemory.plan(observed);
        if (imported.isPresent()) {
            return imported.get();
        }
        Plan plan = intent == Intent.START
                ? AutomaticStarts.hold(observed, VirtualMachineState.OFF).orElseGet(() -> Starts.fresh(observed))
                : rest(observed);
        return plan.and(Leftovers.of(observed));
    }

    private static Plan rest(Observed observed) {
        if (observed.wanted() == PowerState.SAVED) {
            return Plan.of(
                    VirtualMachineState.OFF,
                    Verdict.no(
                            Reason.NOTHING_TO_SAVE,
                            "it is off, so there is no memory to save; set powerState to Off, or to Running first"));
        }
        return Plan.of(VirtualMachineState.OFF, Verdict.yes(Reason.OFF, "it is off, as powerState asks"));
    }
}
