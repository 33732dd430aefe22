package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.AutomaticStarts;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;

/** A checkpoint without memory was applied to it: as in Hyper-V it is off then, until somebody starts it. */
public final class RevertedHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        if (AutomaticStarts.startAsked(observed)) {
            return Starts.anew(observed, false, 0);
        }
        return Plan.of(
                        VirtualMachineState.OFF,
                        Verdict.no(
                                Reason.CHECKPOINT_APPLIED,
                                "a checkpoint without memory was applied, which leaves it off; to start it, "
                                        + AutomaticStarts.HOW_TO_START))
                .and(Leftovers.of(observed));
    }
}
