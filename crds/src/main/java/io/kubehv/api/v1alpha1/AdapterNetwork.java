package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The switch that an adapter is on, and what its subnets keep for it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AdapterNetwork(
        @JsonProperty("switch") @Required @JsonPropertyDescription("The switch that it is on.")
        String switchName,

        @JsonPropertyDescription("Its addresses, one a subnet of the switch.") @Nullable
        List<String> addresses) {}
