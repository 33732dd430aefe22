package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a switch's subnets keep for an adapter. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AdapterNetwork(
        @JsonProperty("switch") @Required @JsonPropertyDescription("The switch that the addresses are of.")
        String switchName,

        @JsonPropertyDescription("One address a subnet of the switch.") @Nullable
        List<String> addresses) {}
