package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** The virtual processors of a VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Processor(
        @Default("1")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription("How many virtual processors the guest has, from 1 to 64.")
        @Nullable
        Integer count) {}
