package io.kubehv.cni.cluster;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node as its Node object has it.
 *
 * @param labels what uplinks select by
 * @param address where other nodes reach it; empty until its kubelet has told
 */
record NodeFacts(String name, Map<String, String> labels, Optional<InetAddress> address) {
    NodeFacts {
        labels = Map.copyOf(labels);
    }

    /** Whether the selector fits the node; null: it fits all. */
    boolean fits(@Nullable Map<String, String> nodeSelector) {
        return nodeSelector == null || labels.entrySet().containsAll(nodeSelector.entrySet());
    }
}
