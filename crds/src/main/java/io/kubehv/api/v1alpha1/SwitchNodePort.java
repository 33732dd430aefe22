package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** An adapter on a switch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SwitchNodePort(
        @JsonPropertyDescription("The pod and adapter, as namespace/name/adapter.")
        String name,

        @JsonPropertyDescription("The adapter's MAC address.")
        String macAddress) {}
