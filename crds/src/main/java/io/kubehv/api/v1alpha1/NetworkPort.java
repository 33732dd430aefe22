package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A port of the guest that Services and port-forward reach. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkPort(
        @Required
        @Size(min = 1, max = 15)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                messageExpression =
                        "'\"' + self + '\" must be lower-case letters, digits and hyphens, with a letter or digit at both ends; rename it'")
        @JsonPropertyDescription("The port's name, which a Service's targetPort may use.")
        String name,

        @Required @Min(1) @Max(65535) @JsonPropertyDescription("The port in the guest, from 1 to 65535.")
        Integer port,

        @Default("TCP") @JsonPropertyDescription("TCP or UDP.") @Nullable
        PortProtocol protocol) {}
