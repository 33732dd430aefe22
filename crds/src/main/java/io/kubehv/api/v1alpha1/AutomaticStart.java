package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** That a VM lost its node to a restart and has not run since. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AutomaticStart(
        @JsonPropertyDescription("The node that went down.") @Nullable
        String nodeName,

        @JsonPropertyDescription("When it was seen that the VM had ended with its node.") @Nullable
        String since) {}
