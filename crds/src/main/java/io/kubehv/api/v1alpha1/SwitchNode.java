package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a virtual switch is on one node. That node's daemon writes it, and reads what the others wrote. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SwitchNode(
        @JsonPropertyDescription("The node's name.") String name,

        @JsonPropertyDescription("Whether it works there.") Boolean ready,

        @JsonPropertyDescription("Why not.") @Nullable String message,

        @JsonPropertyDescription("The node's address for the switch's network between nodes.") @Nullable
        String address,

        @JsonPropertyDescription("External: the node's interface.") @Nullable
        String uplink,

        @JsonPropertyDescription(
                "External: the generation of the spec whose uplink the node gave back, since it lost its API server by it; it is not tried again until the spec changes.")
        @Nullable
        Long givenBackGeneration,

        @JsonPropertyDescription("The largest packet, in bytes.") @Nullable
        Integer mtu,

        @JsonPropertyDescription("The adapters that are on it there.") @Nullable
        List<SwitchNodePort> ports) {}
