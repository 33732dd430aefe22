package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A VM that ended and should not run: off, with nothing of it left but its disks. */
final class Cleared {
    private Cleared() {}

    static Plan off(Observed observed) {
        List<Action> actions = new ArrayList<>();
        Optional.ofNullable(observed.pod()).ifPresent(pod -> actions.add(new Action.DeletePod(pod)));
        actions.addAll(Leftovers.of(observed));
        if (observed.resumable() && observed.wanted() == PowerState.SAVED) {
            return Plan.of(
                            VirtualMachineState.SAVED,
                            Verdict.no(Reason.SAVED, "it ended before it went on from its saved memory, which is kept"))
                    .and(actions);
        }
        Verdict ready = observed.wanted() == PowerState.OFF
                ? Verdict.yes(Reason.OFF, "it is off, as powerState asks")
                : Verdict.no(
                        Reason.NOTHING_TO_SAVE,
                        "it ended before its memory was saved; set powerState to Off or Running");
        return Plan.of(VirtualMachineState.OFF, ready).and(actions);
    }
}
