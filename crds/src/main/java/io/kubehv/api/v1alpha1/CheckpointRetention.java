package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** When checkpoints of a schedule go. The newest of a VM stays however old it is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.count) || has(self.age)",
        message = "retention needs count, age or both; a VM has 50 checkpoints at most")
public record CheckpointRetention(
        @Min(1)
        @Max(49)
        @JsonPropertyDescription("How many of each VM are kept, 1 to 49: a VM has 50 checkpoints at most.")
        @Nullable
        Integer count,

        @Size(min = 2, max = 6)
        @ValidationRule(
                value = "self.matches('^[1-9][0-9]*[mhd]$')",
                message = "must be a number of minutes, hours or days, such as 90m, 12h or 7d",
                messageExpression =
                        "'\"' + self + '\" must be a number of minutes, hours or days, such as 90m, 12h or 7d'")
        @JsonPropertyDescription("How long each is kept: minutes, hours or days, such as 90m, 12h or 7d.")
        @Nullable
        String age) {}
