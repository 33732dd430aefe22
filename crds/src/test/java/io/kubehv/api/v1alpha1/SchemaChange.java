package io.kubehv.api.v1alpha1;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Finds what a newer schema would refuse or lose of objects that an older one has let in. It asks for more than is
 * strictly needed (a new rule may be harmless): such a change is made on purpose, by changing the stored schema too.
 */
final class SchemaChange {
    private final List<String> breaks = new ArrayList<>();

    private SchemaChange() {}

    static List<String> breaking(JSONSchemaProps stored, JSONSchemaProps now) {
        SchemaChange change = new SchemaChange();
        change.compare("", stored, now);
        return change.breaks;
    }

    private void compare(String path, JSONSchemaProps stored, JSONSchemaProps now) {
        check(Objects.equals(stored.getType(), now.getType()), path, "its type changed");
        check(
                Objects.equals(stored.getXKubernetesListMapKeys(), now.getXKubernetesListMapKeys()),
                path,
                "its list keys changed");
        check(isNotTighter(stored.getMaximum(), now.getMaximum(), 1), path, "its maximum is lower");
        check(isNotTighter(stored.getMinimum(), now.getMinimum(), -1), path, "its minimum is higher");
        check(isNotTighter(stored.getMaxLength(), now.getMaxLength(), 1), path, "its maximal length is lower");
        check(isNotTighter(stored.getMinLength(), now.getMinLength(), -1), path, "its minimal length is higher");
        check(isNotTighter(stored.getMaxItems(), now.getMaxItems(), 1), path, "its maximal number of items is lower");
        check(
                now.getPattern() == null || now.getPattern().equals(stored.getPattern()),
                path,
                "its pattern is new or changed");
        check(
                orEmpty(now.getEnum()).isEmpty() || orEmpty(now.getEnum()).containsAll(orEmpty(stored.getEnum())),
                path,
                "a value left its enum");
        check(Objects.equals(stored.getDefault(), now.getDefault()), path, "its default changed");
        Set<String> newlyRequired = new HashSet<>(orEmpty(now.getRequired()));
        newlyRequired.removeAll(orEmpty(stored.getRequired()));
        check(newlyRequired.isEmpty(), path, "it now requires " + newlyRequired);
        Set<String> rules = new HashSet<>();
        orEmpty(stored.getXKubernetesValidations()).forEach(rule -> rules.add(rule.getRule()));
        for (ValidationRule rule : orEmpty(now.getXKubernetesValidations())) {
            check(rules.contains(rule.getRule()), path, "it has a new rule: " + rule.getRule());
        }
        descend(path, stored, now);
    }

    private void descend(String path, JSONSchemaProps stored, JSONSchemaProps now) {
        if (stored.getProperties() != null) {
            stored.getProperties().forEach((name, property) -> {
                JSONSchemaProps newer =
                        now.getProperties() == null ? null : now.getProperties().get(name);
                if (newer == null) {
                    breaks.add(path + "." + name + ": it is gone");
                } else {
                    compare(path + "." + name, property, newer);
                }
            });
        }
        if (stored.getItems() != null && now.getItems() != null) {
            compare(path + "[]", stored.getItems().getSchema(), now.getItems().getSchema());
        }
    }

    private void check(boolean holds, String path, String otherwise) {
        if (!holds) {
            breaks.add(path + ": " + otherwise);
        }
    }

    /** Whether a bound stayed or gave way; {@code direction} is 1 for an upper bound, -1 for a lower one. */
    private static boolean isNotTighter(Number stored, Number now, int direction) {
        if (now == null) {
            return true;
        }
        return stored != null && direction * now.doubleValue() >= direction * stored.doubleValue();
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}
