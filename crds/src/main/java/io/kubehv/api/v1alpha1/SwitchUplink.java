package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The interface by which an External switch is on the physical network, on the nodes that are selected. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SwitchUplink(
        @ValidationRule(
                value = LabelRules.KEYS,
                message = LabelRules.KEY_MESSAGE,
                messageExpression = LabelRules.KEYS_MESSAGE_EXPRESSION)
        @ValidationRule(
                value = LabelRules.VALUES,
                message = LabelRules.VALUE_MESSAGE,
                messageExpression = LabelRules.VALUES_MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "Labels of the nodes that this is for; left out: all of them. The first uplink that fits counts.")
        @Nullable
        Map<String, String> nodeSelector,

        @JsonProperty("interface")
        @Required
        @Size(min = 1, max = 15)
        @ValidationRule(
                value = "self.matches('^[^/:\\\\s]+$') && self != '.' && self != '..'",
                message = "must be the name of a network interface, such as eth1")
        @JsonPropertyDescription("The name of the node's interface, such as eth1.")
        String interfaceName,

        @Default("false")
        @JsonPropertyDescription(
                "Take the interface even though the node's default route, its own address in the cluster or its way to the API server is on it. Where the node loses its API server by that, it is given back.")
        @Nullable
        Boolean acceptPrimaryInterface) {}
