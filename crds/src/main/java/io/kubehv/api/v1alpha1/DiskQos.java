package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Hyper-V's storage QoS, in normalised requests: each begun 8 KiB of a request counts as one. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "!has(self.minimumIOPS) || !has(self.maximumIOPS) || self.maximumIOPS == 0 || self.minimumIOPS <= self.maximumIOPS",
        message = "qos.minimumIOPS is above qos.maximumIOPS; lower the one or raise the other")
public record DiskQos(
        @Min(0)
        @Max(1000000000)
        @JsonPropertyDescription("What the disk gets at most, in requests of 8 KiB a second; 0: no limit.")
        @Nullable
        Long maximumIOPS,

        @Min(0)
        @Max(1000000000)
        @JsonPropertyDescription(
                "What the disk should get at least, in requests of 8 KiB a second: when it gets less though the guest asks for more, the condition InsufficientThroughput says so. Nothing is reserved.")
        @Nullable
        Long minimumIOPS) {}
