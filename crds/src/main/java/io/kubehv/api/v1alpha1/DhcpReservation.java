package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** An address that only one adapter gets. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DhcpReservation(
        @Required
        @Size(max = 17)
        @ValidationRule(
                value = "self.matches('^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$')",
                message = "must be six pairs of hexadecimal digits with colons",
                messageExpression =
                        "'\"' + self + '\" must be six pairs of hexadecimal digits with colons, as in 00:15:5d:00:01:2a'")
        @JsonPropertyDescription("The adapter's MAC address.")
        String macAddress,

        @Required
        @Size(max = 39)
        @ValidationRule(
                value = "isIP(self)",
                message = "must be an IP address",
                messageExpression = "'\"' + self + '\" must be an IP address'")
        @JsonPropertyDescription("Its address, in the subnet; it may be outside the range.")
        String address) {}
