package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a virtual switch is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VirtualSwitchStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription(
                "The number of its network between nodes (the VXLAN network identifier), made up once; only where scope is Cluster.")
        @Nullable
        Integer networkIdentifier,

        @JsonPropertyDescription("How many adapters are on it.") @Nullable
        Integer ports,

        @JsonPropertyDescription("What it is on each node that has adapters on it, or an uplink for it.") @Nullable
        List<SwitchNode> nodes,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {}
