package io.kubehv.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamespaceRuleTest {
    @Test
    void without_a_selector_all_namespaces_are_let_in() {
        assertThat(new NamespaceRule(null).lets(Map.of())).isTrue();
    }

    private static NamespaceRule rule(String yaml) {
        return new NamespaceRule(Serialization.unmarshal(yaml, LabelSelector.class));
    }

    @Test
    void every_label_and_expression_must_fit() {
        NamespaceRule rule = rule("""
                matchLabels: {team: lab}
                matchExpressions:
                - {key: stage, operator: In, values: [test, dev]}
                - {key: locked, operator: DoesNotExist}
                """);
        assertThat(rule.lets(Map.of("team", "lab", "stage", "dev"))).isTrue();
        assertThat(rule.lets(Map.of("team", "lab"))).isFalse();
        assertThat(rule.lets(Map.of("team", "other", "stage", "dev"))).isFalse();
        assertThat(rule.lets(Map.of("team", "lab", "stage", "dev", "locked", "")))
                .isFalse();
        assertThat(rule.words()).isEqualTo("team=lab,stage in (test,dev),!locked");
    }

    @Test
    void an_operator_that_is_not_known_lets_nobody_in() {
        assertThat(rule("matchExpressions: [{key: size, operator: Gt, values: ['1']}]")
                        .lets(Map.of("size", "2")))
                .isFalse();
    }

    @Test
    void not_in_lets_those_in_that_have_no_such_label() {
        NamespaceRule rule = rule("""
                matchExpressions:
                - {key: stage, operator: NotIn, values: [prod]}
                - {key: team, operator: Exists}
                """);
        assertThat(rule.lets(Map.of("team", "lab"))).isTrue();
        assertThat(rule.lets(Map.of("team", "lab", "stage", "prod"))).isFalse();
        assertThat(rule.lets(Map.of())).isFalse();
    }
}
