package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What the guest tells of itself. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Guest(
        @JsonPropertyDescription("As os-release names it.") @Nullable
        String operatingSystem,

        @JsonPropertyDescription("The kernel's release.") @Nullable
        String kernel,

        @JsonPropertyDescription("The guest's host name.") @Nullable
        String hostName) {}
