package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A disk, or what is in a DVD drive, that came to a running VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttachedDisk(
        @Required @JsonPropertyDescription("The disk's or drive's name in this VM.")
        String name,

        @Required @JsonPropertyDescription("Whether the guest has it.")
        Boolean attached,

        @JsonPropertyDescription("The pod that mounts its volume for the VM.") @Nullable
        String podName,

        @Required @JsonPropertyDescription("Attached, Detaching or Failed.")
        String reason,

        @JsonPropertyDescription("Why it is not attached, or not detached yet.") @Nullable
        String message) {}
