package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;

/** A serial port beside COM1, which is the console. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ComPort(
        @Required @Min(2) @Max(4) @JsonPropertyDescription("2 for COM2, up to 4.")
        Integer number,

        @Required
        @Min(1024)
        @Max(65535)
        @ValidationRule(value = "self != 5900", message = "port 5900 is the screen's; take another")
        @JsonPropertyDescription(
                "The TCP port on the pod's loopback that is the other end of the line; kubectl port-forward reaches it.")
        Integer port) {}
