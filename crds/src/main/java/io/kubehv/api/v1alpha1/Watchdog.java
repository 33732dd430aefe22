package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** A watchdog device (i6300esb): dead until the guest opens it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Watchdog(
        @Default("Reset")
        @JsonPropertyDescription("What follows when the guest no longer feeds it: Reset, ShutDown, TurnOff or Pause.")
        @Nullable
        WatchdogAction action) {}
