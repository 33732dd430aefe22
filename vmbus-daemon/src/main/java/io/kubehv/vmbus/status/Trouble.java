package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.ConditionTypes;
import java.util.Set;

/**
 * Something that is wrong with a VM: a condition that is there, and True, for as long as it is.
 *
 * @param type one of {@link #TYPES}
 */
public record Trouble(String type, String reason, String message) {
    /** The conditions that are told this way. */
    public static final Set<String> TYPES =
            Set.of(ConditionTypes.BOOT_FAILED, ConditionTypes.CRITICAL_ERROR, ConditionTypes.INSUFFICIENT_THROUGHPUT);

    static Trouble of(Condition condition) {
        return new Trouble(condition.getType(), condition.getReason(), condition.getMessage());
    }
}
