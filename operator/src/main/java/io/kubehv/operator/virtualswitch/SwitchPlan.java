package io.kubehv.operator.virtualswitch;

import io.kubehv.operator.status.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a switch's status becomes.
 *
 * @param networkIdentifier of its network between nodes; null: it has none
 * @param ports how many adapters are on it
 * @param gone the nodes whose entries are to be taken out
 */
record SwitchPlan(@Nullable Integer networkIdentifier, int ports, Verdict ready, List<String> gone) {
    SwitchPlan {
        gone = List.copyOf(gone);
    }
}
