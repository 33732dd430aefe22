package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A VM on its way back to a checkpoint, whatever its spec says: it is turned off at once, as what its guest is at is given up,
 * and it stays off until its volumes are what they were. Pure.
 */
final class ApplyHold {
    private ApplyHold() {}

    /** Whether a way back has come so far that the VM has to be off. */
    static boolean isHeldBy(@Nullable CheckpointApply apply) {
        CheckpointApplyPhase phase = apply == null || apply.getStatus() == null
                ? null
                : apply.getStatus().phase();
        return phase == CheckpointApplyPhase.TURNING_OFF
                || phase == CheckpointApplyPhase.REVERTING
                || phase == CheckpointApplyPhase.RESTORING_MEMORY;
    }

    static Plan plan(Observed observed, CheckpointApply apply) {
        List<Action> actions = new ArrayList<>();
        Pod pod = observed.pod();
        if (pod != null && pod.getMetadata().getDeletionTimestamp() == null) {
            actions.add(new Action.TurnOff(pod));
        }
        Optional.ofNullable(observed.savePod())
                .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(found -> actions.add(new Action.DeletePod(found)));
        PersistentVolumeClaim saved = observed.savedState();
        // By the claim itself: the apply's phase may be older than what it has made since.
        if (saved != null && !SavedState.isOf(saved, apply) && !observed.discarding()) {
            actions.add(new Action.DeleteSavedState(saved));
        }
        Verdict ready = Verdict.no(
                Reason.CHECKPOINT_APPLYING,
                "it goes back to the checkpoint \"" + apply.getSpec().checkpoint() + "\" (CheckpointApply \""
                        + apply.getMetadata().getName() + "\" says how far that is)");
        return Plan.of(pod == null ? VirtualMachineState.OFF : VirtualMachineState.STOPPING, ready)
                .and(actions);
    }
}
