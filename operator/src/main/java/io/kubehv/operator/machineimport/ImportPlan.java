package io.kubehv.operator.machineimport;

import io.kubehv.api.v1alpha1.ImportStatus;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about an import.
 *
 * @param status what the status becomes; its conditions are made of {@code ready}
 * @param actions what is written before the status, in this order
 * @param again when to look again though nothing may tell; null: only when something tells
 */
record ImportPlan(
        ImportStatus status,
        Verdict ready,
        List<ImportAction> actions,
        @Nullable Duration again) {
    ImportPlan {
        actions = List.copyOf(actions);
    }

    ImportPlan lookAgain(Duration after) {
        return new ImportPlan(status, ready, actions, after);
    }
}
