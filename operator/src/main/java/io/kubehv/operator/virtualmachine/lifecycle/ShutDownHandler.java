package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.GuestShutdownAction;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.AutomaticStarts;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import java.util.Optional;

/** The guest turned itself off. Its pod stays for its log, until the VM starts again or is turned off. */
public final class ShutDownHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        boolean restart = observed.machine().getSpec().onGuestShutdown() == GuestShutdownAction.RESTART;
        Optional<String> error = criticalError(observed);
        if ((restart && error.isEmpty()) || AutomaticStarts.startAsked(observed)) {
            return Starts.anew(observed, false, 0);
        }
        if (error.isEmpty() && AutomaticStarts.status(observed).isPresent()) {
            return AutomaticStarts.hold(observed, VirtualMachineState.OFF)
                    .orElseGet(() -> Starts.anew(observed, false, 0));
        }
        Verdict why = error.map(message -> Verdict.no(Reason.CRITICAL_ERROR_TIMED_OUT, message))
                .orElseGet(() -> Verdict.no(
                        Reason.GUEST_SHUT_DOWN,
                        "its guest shut down and onGuestShutdown is StayOff; to start it, "
                                + AutomaticStarts.HOW_TO_START));
        return Plan.of(VirtualMachineState.OFF, why).and(Leftovers.of(observed));
    }

    /** It was not the guest's wish: its daemon gave it up, says the daemon, or said so when it was first seen. */
    private static Optional<String> criticalError(Observed observed) {
        return observed.conditions()
                .get(ConditionTypes.CRITICAL_ERROR)
                .map(condition -> condition.getMessage() + "; free room in the disk's volume, then "
                        + AutomaticStarts.HOW_TO_START)
                .or(() -> observed.conditions()
                        .get(ConditionTypes.READY)
                        .filter(ready -> Reason.CRITICAL_ERROR_TIMED_OUT.text().equals(ready.getReason()))
                        .map(Condition::getMessage));
    }
}
