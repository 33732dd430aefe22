package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What follows when a VM can't go on because a disk is full or fails. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CriticalErrorAction(
        @Default("Pause")
        @JsonPropertyDescription(
                "Pause: the VM stands still and goes on when the cause is gone, at most for timeout. TurnOff: it is turned off at once.")
        @Nullable
        Action action,

        @Default("30m")
        @Size(min = 2, max = 16)
        @ValidationRule(
                value =
                        "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && duration(self) >= duration('0s') && duration(self) <= duration('24h')",
                message = "must be a duration from 0s to 24h, such as 90s, 30m or 1h30m",
                messageExpression = "'\"' + self + '\" must be a duration from 0s to 24h, such as 90s, 30m or 1h30m'")
        @JsonPropertyDescription("How long a VM stands still before it is turned off, as 90s, 30m or 1h; at most 24h.")
        @Nullable
        String timeout) {

    /** Whether to wait. */
    public enum Action {
        /** Wait for the cause to go. */
        @JsonProperty("Pause")
        PAUSE,

        /** Turn the VM off at once. */
        @JsonProperty("TurnOff")
        TURN_OFF
    }
}
