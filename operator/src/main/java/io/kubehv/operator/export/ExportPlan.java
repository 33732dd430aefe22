package io.kubehv.operator.export;

import io.kubehv.api.v1alpha1.ExportStatus;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about an export.
 *
 * @param status what the status becomes; its conditions are made of {@code ready}
 * @param actions what is written before the status, in this order
 * @param again when to look again though nothing may tell; null: only when something tells
 */
record ExportPlan(
        ExportStatus status,
        Verdict ready,
        List<ExportAction> actions,
        @Nullable Duration again) {
    ExportPlan {
        actions = List.copyOf(actions);
    }

    ExportPlan lookAgain(Duration after) {
        return new ExportPlan(status, ready, actions, after);
    }
}
