package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a save leaves behind that no VM may resume from. */
final class Leftovers {
    private Leftovers() {}

    /** Deletes the save pod, and a claim whose memory is not whole or was resumed from. */
    static List<Action> of(Observed observed) {
        List<Action> actions = new ArrayList<>(savePod(observed));
        Optional.ofNullable(observed.savedState())
                .filter(claim -> !observed.resumable())
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .ifPresent(claim -> actions.add(new Action.DeleteSavedState(claim)));
        return actions;
    }

    /** Takes the mark off a memory that the VM is about to leave behind: its disks go on without it. */
    static List<Action> outdated(Observed observed) {
        return Optional.ofNullable(observed.savedState())
                .filter(SavedState::isWhole)
                .<List<Action>>map(claim -> List.of(new Action.MarkSavedState(claim, null)))
                .orElse(List.of());
    }

    /** Deletes the save pod. */
    static List<Action> savePod(Observed observed) {
        return Optional.ofNullable(observed.savePod())
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .<List<Action>>map(pod -> List.of(new Action.DeletePod(pod)))
                .orElse(List.of());
    }
}
