package io.kubehv.api.v1alpha1;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which namespaces may use a switch, by their labels. */
public final class NamespaceRule {
    private final @Nullable LabelSelector selector;

    /** No selector lets all in. */
    public NamespaceRule(@Nullable LabelSelector selector) {
        this.selector = selector;
    }

    public boolean lets(Map<String, String> labels) {
        return selector == null
                || (matchLabels().entrySet().stream()
                                .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())))
                        && expressions().stream().allMatch(expression -> holds(expression, labels)));
    }

    /** As kubectl would be given it. */
    public String words() {
        List<String> words = new ArrayList<>();
        matchLabels().forEach((key, value) -> words.add(key + "=" + value));
        expressions()
                .forEach(expression -> words.add(
                        switch (expression.getOperator()) {
                            case "Exists" -> expression.getKey();
                            case "DoesNotExist" -> "!" + expression.getKey();
                            default ->
                                expression.getKey() + ("In".equals(expression.getOperator()) ? " in (" : " notin (")
                                        + String.join(",", values(expression)) + ")";
                        }));
        return String.join(",", words);
    }

    private static boolean holds(LabelSelectorRequirement expression, Map<String, String> labels) {
        String value = labels.get(expression.getKey());
        return switch (expression.getOperator()) {
            case "In" -> value != null && values(expression).contains(value);
            case "NotIn" -> value == null || !values(expression).contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            // What is not understood must not open a switch.
            default -> false;
        };
    }

    private static List<String> values(LabelSelectorRequirement expression) {
        return expression.getValues() == null ? List.of() : expression.getValues();
    }

    private Map<String, String> matchLabels() {
        return selector == null || selector.getMatchLabels() == null ? Map.of() : selector.getMatchLabels();
    }

    private List<LabelSelectorRequirement> expressions() {
        return selector == null || selector.getMatchExpressions() == null ? List.of() : selector.getMatchExpressions();
    }
}
