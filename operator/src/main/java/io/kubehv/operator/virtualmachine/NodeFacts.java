package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.kubehv.api.v1alpha1.KubeHV;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a node's object says of its restarts.
 *
 * @param readySince since when it is ready; null: it is not
 * @param bootedAt when its daemon first ran since it was started; null: that was not told
 */
record NodeFacts(@Nullable Instant readySince, @Nullable Instant bootedAt) {
    static final NodeFacts UNKNOWN = new NodeFacts(null, null);

    NodeFacts(Node node) {
        this(readySince(node), bootedAt(node));
    }

    private static @Nullable Instant readySince(Node node) {
        List<NodeCondition> conditions =
                node.getStatus() == null ? List.of() : node.getStatus().getConditions();
        return conditions.stream()
                .filter(condition -> "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()))
                .findFirst()
                .flatMap(condition -> time(condition.getLastTransitionTime()))
                .orElse(null);
    }

    private static @Nullable Instant bootedAt(Node node) {
        Map<String, String> annotations = node.getMetadata().getAnnotations();
        return annotations == null
                ? null
                : time(annotations.get(KubeHV.BOOTED_AT_ANNOTATION)).orElse(null);
    }

    /** Whoever may write to nodes may write anything here. */
    private static Optional<Instant> time(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
