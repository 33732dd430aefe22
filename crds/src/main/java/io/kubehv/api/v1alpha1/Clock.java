package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The machine's hardware clock. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Clock(
        @Default("UTC")
        @Size(min = 1, max = 64)
        @ValidationRule(
                value = TimeZoneName.RULE,
                message = TimeZoneName.MESSAGE,
                messageExpression = TimeZoneName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "Whose time the clock shows at start: UTC, or a time zone for guests that expect local time.")
        @Nullable
        String timeZone) {}
