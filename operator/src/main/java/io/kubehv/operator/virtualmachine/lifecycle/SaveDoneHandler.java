package io.kubehv.operator.virtualmachine.lifecycle;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Its memory is saved; the pods are still there. The claim is marked before they go: the mark is what is resumed by. */
public final class SaveDoneHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        PersistentVolumeClaim claim = Objects.requireNonNull(observed.savedState());
        List<Action> actions = new ArrayList<>();
        if (!SavedState.isWhole(claim)) {
            actions.add(new Action.MarkSavedState(claim, observed.now().toString()));
        }
        Optional.ofNullable(observed.pod())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                // One that was saved because its pod ends tells by its end whether its node went down.
                .filter(pod -> observed.wanted() == PowerState.SAVED || new PodFacts(pod).finished())
                .ifPresent(pod -> actions.add(new Action.DeletePod(pod)));
        actions.addAll(Leftovers.savePod(observed));
        return Plan.of(null, Verdict.no(Reason.SAVING, "its memory is saved and its pod is being removed"))
                .and(actions);
    }
}
