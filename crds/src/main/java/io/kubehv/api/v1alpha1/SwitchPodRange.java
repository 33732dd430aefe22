package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Addresses that a node gives to pods which a NetworkAttachmentDefinition puts on a switch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SwitchPodRange(
        @ValidationRule(
                value = LabelRules.KEYS,
                message = LabelRules.KEY_MESSAGE,
                messageExpression = LabelRules.KEYS_MESSAGE_EXPRESSION)
        @ValidationRule(
                value = LabelRules.VALUES,
                message = LabelRules.VALUE_MESSAGE,
                messageExpression = LabelRules.VALUES_MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "Labels of the node that these are for, such as kubernetes.io/hostname; left out: any. With scope Cluster, one node's alone. The first range that fits counts.")
        @Nullable
        Map<String, String> nodeSelector,

        @Required
        @Size(min = 3, max = 79)
        @ValidationRule(
                value = "self.split('-').size() == 2 && self.split('-').all(a, isIP(a))",
                message = "must be two addresses with a hyphen, such as 10.0.5.201-10.0.5.250",
                messageExpression =
                        "'\"' + self + '\" must be two addresses with a hyphen, such as 10.0.5.201-10.0.5.250'")
        @JsonPropertyDescription(
                "The first and the last address, such as 10.0.5.201-10.0.5.250; no VM gets one of them.")
        String range) {}
