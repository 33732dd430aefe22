package io.kubehv.operator.virtualmachine;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node says that matters to a VM which ended with it.
 *
 * @param readySince since when the node is ready; null: it is not, or not known
 * @param bootedAt when the node's daemon first ran since the node was started; null: not known
 * @param ahead the VMs that start before this one and do not run yet
 */
public record NodeRestart(
        @Nullable Instant readySince, @Nullable Instant bootedAt, List<String> ahead) {
    /** Nothing is known. */
    public static final NodeRestart UNKNOWN = new NodeRestart(null, null, List.of());

    /** Copies the list. */
    public NodeRestart {
        ahead = List.copyOf(ahead);
    }
}
