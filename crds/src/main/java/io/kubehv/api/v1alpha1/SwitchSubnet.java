package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses of the VMs on an Internal or Private switch. KubeHV keeps them, one an adapter, for the VM's life. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!self.?nat.orValue(false) || self.?gateway.orValue(false)",
        message = "nat needs gateway: true, since guests reach the outside through their node")
public record SwitchSubnet(
        @Required
        @Size(min = 1, max = 43)
        @ValidationRule(
                value = "isCIDR(self) && cidr(self).masked() == cidr(self)",
                message = "must be a network such as 10.0.5.0/24 or fd00:5::/64, with no bits set beyond the prefix",
                messageExpression =
                        "'\"' + self + '\" must be a network such as 10.0.5.0/24 or fd00:5::/64, with no bits set beyond the prefix'")
        @JsonPropertyDescription("The network, such as 10.0.5.0/24 or fd00:5::/64.")
        String cidr,

        @JsonPropertyDescription(
                "Give the guests their addresses by DHCP; left out: the addresses are kept for them and not told.")
        @Nullable
        SwitchDhcp dhcp,

        @Default("false")
        @JsonPropertyDescription(
                "Each node has the first address of the network on the switch and is the guests' gateway to what it may pass on. Internal switches only.")
        @Nullable
        Boolean gateway,

        @Default("false")
        @JsonPropertyDescription("Guests reach what is beyond their node, with the node's address.")
        @Nullable
        Boolean nat,

        @Size(max = 3)
        @JsonPropertyDescription("Name servers that DHCP tells; left out: the gateway, which asks the node's own.")
        @Nullable
        List<String> dns) {}
