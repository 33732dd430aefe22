package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.AutomaticStarts;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** No pod; its memory is on a volume. */
public final class SavedHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        PersistentVolumeClaim claim = Objects.requireNonNull(observed.savedState());
        if (intent == Intent.DISCARD) {
            return Plan.of(
                            VirtualMachineState.OFF,
                            Verdict.yes(Reason.OFF, "it is off, as powerState asks; its saved memory is deleted"),
                            new Action.DeleteSavedState(claim))
                    .and(Leftovers.savePod(observed));
        }
        List<Action> tidy = new ArrayList<>();
        if (!SavedState.isWhole(claim)) {
            tidy.add(new Action.MarkSavedState(claim, observed.now().toString()));
        }
        tidy.addAll(Leftovers.savePod(observed));
        if (intent == Intent.RESUME) {
            Plan resume =
                    AutomaticStarts.hold(observed, VirtualMachineState.SAVED).orElseGet(() -> Starts.resume(observed));
            List<Action> actions = new ArrayList<>(tidy);
            actions.addAll(resume.actions());
            return new Plan(resume.state(), resume.ready(), List.copyOf(actions), resume.again());
        }
        return Plan.of(
                        VirtualMachineState.SAVED,
                        Verdict.yes(
                                Reason.SAVED,
                                "its memory is on the volume of the claim \""
                                        + claim.getMetadata().getName() + "\" and it takes none"))
                .and(tidy);
    }
}
