package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A network adapter that came to a running VM, is to come, or is to leave. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttachedAdapter(
        @Required @JsonPropertyDescription("The adapter's name in this VM.")
        String name,

        @Required @JsonPropertyDescription("Whether the guest has it.")
        Boolean attached,

        @Required
        @JsonPropertyDescription(
                "Attached, Pending, Detaching, NotReleased (the guest does not let go of it), Detached (it leaves its switch now) or Failed.")
        String reason,

        @JsonPropertyDescription("What it waits for, or what went wrong.") @Nullable
        String message) {}
