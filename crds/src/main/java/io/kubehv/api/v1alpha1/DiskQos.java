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
        message = "qos: minimumIOPS is above maximumIOPS; lower it or raise maximumIOPS")
public record DiskQos(
        @Min(0)
        @Max(1000000000)
        @JsonPropertyDescription(
                "What the disk should get; a VM that gets less while it asks for it says so in the condition DiskQoSMet.")
        @Nullable
        Long minimumIOPS,

        @Min(0)
        @Max(1000000000)
        @JsonPropertyDescription("What the disk gets at most, in requests of 8 KiB a second; 0: no limit.")
        @Nullable
        Long maximumIOPS) {}
