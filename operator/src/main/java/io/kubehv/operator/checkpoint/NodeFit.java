package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.VolumeNodeAffinity;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a node has a volume, as the scheduler sees it. Pure. */
final class NodeFit {
    private NodeFit() {}

    static boolean isReady(Node node) {
        return node.getStatus() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }

    /** A volume that names no nodes is wherever it is wanted. */
    static boolean has(Node node, PersistentVolume volume) {
        List<NodeSelectorTerm> terms = Optional.ofNullable(volume.getSpec().getNodeAffinity())
                .map(VolumeNodeAffinity::getRequired)
                .map(NodeSelector::getNodeSelectorTerms)
                .orElse(List.of());
        return terms.isEmpty() || terms.stream().anyMatch(term -> meets(node, term));
    }

    private static boolean meets(Node node, NodeSelectorTerm term) {
        Map<String, String> labels =
                Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
        Map<String, String> fields = Map.of("metadata.name", node.getMetadata().getName());
        return term.getMatchExpressions().stream().allMatch(rule -> meets(labels.get(rule.getKey()), rule))
                && term.getMatchFields().stream().allMatch(rule -> meets(fields.get(rule.getKey()), rule));
    }

    private static boolean meets(@Nullable String value, NodeSelectorRequirement rule) {
        return switch (rule.getOperator()) {
            case "In" -> value != null && rule.getValues().contains(value);
            case "NotIn" -> value == null || !rule.getValues().contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            // Gt and Lt are of numbers, which no driver's topology has.
            default -> false;
        };
    }
}
