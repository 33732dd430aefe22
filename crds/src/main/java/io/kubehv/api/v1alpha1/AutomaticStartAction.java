package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What becomes of a VM that should run when its node has been restarted. A VM that should be off stays off. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AutomaticStartAction(
        @Default("StartIfRunning")
        @JsonPropertyDescription(
                "StartIfRunning: started if it ran when the node went down. Start: also if its guest had shut itself down. Nothing: it stays off, or saved, until it is asked to start.")
        @Nullable
        Action action,

        @Default("0s")
        @Size(min = 2, max = 16)
        @ValidationRule(
                value =
                        "self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && duration(self) >= duration('0s') && duration(self) <= duration('24h')",
                message = "must be a duration from 0s to 24h, such as 90s, 3m or 1h30m",
                messageExpression = "'\"' + self + '\" must be a duration from 0s to 24h, such as 90s, 3m or 1h30m'")
        @JsonPropertyDescription(
                "How long it waits after the node is ready, as 90s, 3m or 1h; at most 24h. VMs that start together are so spread over time.")
        @Nullable
        String delay,

        @Min(0)
        @Max(1000000)
        @Default("0")
        @JsonPropertyDescription(
                "Of the VMs that start together on a node, those with a lower order start first; the others wait until these run, at most 5 minutes from when each of them may start.")
        @Nullable
        Integer order) {

    /** Whether to start. */
    public enum Action {
        /** It stays as it is until it is asked to start. */
        @JsonProperty("Nothing")
        NOTHING,

        /** If it ran. */
        @JsonProperty("StartIfRunning")
        START_IF_RUNNING,

        /** Also if its guest had shut itself down. */
        @JsonProperty("Start")
        START
    }
}
