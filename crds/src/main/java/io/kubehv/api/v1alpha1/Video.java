package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** The screen, seen through VNC on the pod's loopback, port 5900. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Video(
        @Default("true") @JsonPropertyDescription("Whether there is a screen.") @Nullable
        Boolean enabled,

        @Default("1024")
        @Min(640)
        @Max(3840)
        @JsonPropertyDescription("The resolution that the screen offers first: pixels a line.")
        @Nullable
        Integer horizontalResolution,

        @Default("768") @Min(480) @Max(2160) @JsonPropertyDescription("The same: lines.") @Nullable
        Integer verticalResolution) {}
