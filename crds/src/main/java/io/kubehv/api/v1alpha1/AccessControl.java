package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An entry of an adapter's port ACL. Of all entries that fit a packet, the one with the longest prefix counts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AccessControl(
        @Required @JsonPropertyDescription("Allow, Deny or Meter.")
        Action action,

        @Default("Both") @JsonPropertyDescription("Inbound (to the guest), Outbound or Both.") @Nullable
        Direction direction,

        @Required
        @Size(min = 1, max = 43)
        @ValidationRule(
                value = "isCIDR(self) || isIP(self)",
                message = "must be an address or a network, such as 10.0.5.7 or 0.0.0.0/0",
                messageExpression = "'\"' + self + '\" must be an address or a network, such as 10.0.5.7 or 0.0.0.0/0'")
        @JsonPropertyDescription("Whom the guest speaks with: an address or a network.")
        String remoteAddress) {

    /** What becomes of a packet. */
    public enum Action {
        /** It passes. */
        @JsonProperty("Allow")
        ALLOW,
        /** It is dropped. */
        @JsonProperty("Deny")
        DENY,
        /** It passes and its bytes are counted. */
        @JsonProperty("Meter")
        METER
    }

    /** Which packets, seen from the guest. */
    public enum Direction {
        /** To the guest. */
        @JsonProperty("Inbound")
        INBOUND,
        /** From the guest. */
        @JsonProperty("Outbound")
        OUTBOUND,
        /** All. */
        @JsonProperty("Both")
        BOTH
    }
}
