package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about a checkpoint.
 *
 * @param status what the operator's part of the status becomes; its conditions are made of {@code ready}
 * @param actions what is written before the status, in this order
 * @param again when to look again though nothing may tell; null: only when something tells
 * @param gone nothing is left of it, so that its object may go
 */
record CheckpointPlan(
        CheckpointStatus status,
        Verdict ready,
        List<CheckpointAction> actions,
        @Nullable Duration again,
        boolean gone) {
    CheckpointPlan {
        actions = List.copyOf(actions);
    }

    static CheckpointPlan of(CheckpointStatus status, Verdict ready, List<CheckpointAction> actions) {
        return new CheckpointPlan(status, ready, actions, null, false);
    }

    CheckpointPlan lookAgain(Duration after) {
        return new CheckpointPlan(status, ready, actions, after, gone);
    }

    CheckpointPlan over() {
        return new CheckpointPlan(status, ready, actions, again, true);
    }
}
