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
@ValidationRule(
        value = "!(self.port == 5900 && (!has(self.protocol) || self.protocol == 'TCP'))",
        message = "port 5900/TCP is the VM's own screen; let the guest listen at another port",
        messageExpression =
                "'port \"' + self.name + '\": 5900/TCP is the VM\\'s own screen; let the guest listen at another port'")
public record NetworkPort(
        @Required
        @Size(min = 1, max = 15)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                messageExpression =
                        "'\"' + self + '\" must be lower-case letters, digits and hyphens, with a letter or digit at both ends; rename it'")
        @ValidationRule(
                value = "self.matches('[a-z]') && !self.contains('--')",
                message = "must have a letter and no two hyphens in a row, as Kubernetes names ports",
                messageExpression =
                        "'\"' + self + '\" must have a letter and no two hyphens in a row, as Kubernetes names ports; rename it'")
        @JsonPropertyDescription("The port's name, which a Service's targetPort may use.")
        String name,

        @Required @Min(1) @Max(65535) @JsonPropertyDescription("The port in the guest, from 1 to 65535.")
        Integer port,

        @Default("TCP") @JsonPropertyDescription("TCP or UDP.") @Nullable
        PortProtocol protocol) {}
