package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The VLANs that an adapter is in. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "[has(self.access), has(self.trunk), has(self.private)].filter(x, x).size() == 1",
        message = "vlan: exactly one is needed of access, trunk and private")
public record Vlan(
        @JsonPropertyDescription("One VLAN, which the guest does not see.") @Nullable
        AccessVlan access,

        @JsonPropertyDescription("Several VLANs, whose tags the guest sees.") @Nullable
        TrunkVlan trunk,

        @JsonProperty("private")
        @JsonPropertyDescription("A private VLAN: whom in the same primary VLAN the guest reaches.")
        @Nullable
        PrivateVlan privateVlan) {

    /** One VLAN. */
    public record AccessVlan(
            @Required @Min(1) @Max(4094) @JsonPropertyDescription("The VLAN, from 1 to 4094.")
            Integer id) {}

    /** Several VLANs. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TrunkVlan(
            @Required
            @Size(min = 1, max = 256)
            @ValidationRule(
                    value =
                            "self.matches('^([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4])(-([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4]))?(,([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4])(-([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4]))?)*$')",
                    message = "must be VLANs from 1 to 4094 and ranges of them with commas, such as 10-20,30",
                    messageExpression =
                            "'\"' + self + '\" must be VLANs from 1 to 4094 and ranges of them with commas, such as 10-20,30'")
            @JsonPropertyDescription("The VLANs that pass, such as 10-20,30.")
            String allowed,

            @JsonProperty("native")
            @Default("0")
            @Min(0)
            @Max(4094)
            @JsonPropertyDescription("The VLAN of frames without a tag; 0: of no VLAN.")
            @Nullable
            Integer nativeId) {}

    /** A private VLAN. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value = "self.mode == 'Promiscuous' || has(self.secondary)",
            message = "vlan.private: modes Isolated and Community need secondary")
    public record PrivateVlan(
            @Required
            @JsonPropertyDescription(
                    "Isolated: reaches Promiscuous adapters only. Community: also those of the same secondary VLAN. Promiscuous: all.")
            PrivateVlanMode mode,

            @Required @Min(1) @Max(4094) @JsonPropertyDescription("The primary VLAN, from 1 to 4094.")
            Integer primary,

            @Min(1) @Max(4094) @JsonPropertyDescription("The secondary VLAN, from 1 to 4094.") @Nullable
            Integer secondary,

            @Size(min = 1, max = 256)
            @ValidationRule(
                    value = "self.matches('^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$')",
                    message = "must be VLANs and ranges with commas, such as 10-20,30")
            @JsonPropertyDescription("Promiscuous: the secondary VLANs that it reaches, such as 11,20-30.")
            @Nullable
            String secondaries) {}
}
