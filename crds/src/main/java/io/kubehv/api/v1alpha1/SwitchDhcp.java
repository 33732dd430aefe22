package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which addresses DHCP gives. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SwitchDhcp(
        @Size(min = 3, max = 79)
        @ValidationRule(
                value = "self.split('-').size() == 2 && self.split('-').all(a, isIP(a))",
                message = "must be two addresses with a hyphen, such as 10.0.5.10-10.0.5.200",
                messageExpression =
                        "'\"' + self + '\" must be two addresses with a hyphen, such as 10.0.5.10-10.0.5.200'")
        @JsonPropertyDescription(
                "The first and the last address, such as 10.0.5.10-10.0.5.200; left out: all but the gateway's.")
        @Nullable
        String range,

        @Size(max = 256) @JsonPropertyDescription("Addresses for certain adapters.") @Nullable
        List<DhcpReservation> reservations) {}
