package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.GuestShutdownAction;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** The guest turned itself off. Its pod stays for its log, until the VM starts again or is turned off. */
public final class ShutDownHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        boolean restart = observed.machine().getSpec().onGuestShutdown() == GuestShutdownAction.RESTART;
        if (restart || asked(observed)) {
            return Starts.anew(observed, false, 0);
        }
        return Plan.of(
                        VirtualMachineState.OFF,
                        Verdict.no(
                                Reason.GUEST_SHUT_DOWN,
                                "its guest shut down and onGuestShutdown is StayOff; to start it, annotate it with "
                                        + KubeHV.RESTARTED_AT_ANNOTATION
                                        + "=<the time now>, or set powerState to Off and then to Running"))
                .and(Leftovers.of(observed));
    }

    /** A restart was asked for after the end. */
    private static boolean asked(Observed observed) {
        String asked = observed.annotation(KubeHV.RESTARTED_AT_ANNOTATION);
        if (asked.isEmpty()) {
            return false;
        }
        return observed.podFacts()
                .map(observed::restartAsked)
                .orElseGet(() -> observed.conditions()
                        .get(ConditionTypes.READY)
                        .map(ready -> isAfter(asked, ready.getLastTransitionTime()))
                        .orElse(false));
    }

    private static boolean isAfter(String asked, String ended) {
        try {
            return OffsetDateTime.parse(asked).toInstant().isAfter(Instant.parse(ended));
        } catch (DateTimeException e) {
            // Not a time: it can't be told whether it was meant before or after the end, so the VM stays as it is.
            return false;
        }
    }
}
