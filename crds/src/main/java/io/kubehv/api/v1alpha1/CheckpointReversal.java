package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What the node's daemon tells of the volumes that it takes back. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointReversal(
        @Required @JsonPropertyDescription("Whether all volumes are what they were.")
        Boolean done,

        @JsonPropertyDescription("What keeps it from being done; it is tried again.") @Nullable
        String message,

        @JsonPropertyDescription("How long it took.") @Nullable
        String duration) {}
