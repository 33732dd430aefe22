package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Hyper-V's storage QoS, in normalised requests: each begun 8 KiB of a request counts as one. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DiskQos(
        @Min(0)
        @Max(1000000000)
        @JsonPropertyDescription("What the disk gets at most, in requests of 8 KiB a second; 0: no limit.")
        @Nullable
        Long maximumIOPS) {}
