package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
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
@ValidationRule(
        value =
                "!isCIDR(self.cidr) || (cidr(self.cidr).ip().family() == 4 ? cidr(self.cidr).prefixLength() >= 8 && cidr(self.cidr).prefixLength() <= 30 : cidr(self.cidr).prefixLength() >= 32 && cidr(self.cidr).prefixLength() <= 126)",
        message = "cidr must have a prefix from 8 to 30 for IPv4 and from 32 to 126 for IPv6",
        messageExpression =
                "'cidr \"' + self.cidr + '\" must have a prefix from 8 to 30 for IPv4 and from 32 to 126 for IPv6'")
@ValidationRule(
        value =
                "!isCIDR(self.cidr) || !has(self.dhcp) || !has(self.dhcp.range) || !self.dhcp.range.split('-').all(a, isIP(a)) || self.dhcp.range.split('-').all(a, cidr(self.cidr).containsIP(a))",
        message = "dhcp.range must lie in cidr",
        messageExpression = "'dhcp.range \"' + self.dhcp.range + '\" must lie in cidr ' + self.cidr")
@ValidationRule(
        value =
                "!isCIDR(self.cidr) || !has(self.dhcp) || !has(self.dhcp.reservations) || self.dhcp.reservations.all(r, !isIP(r.address) || cidr(self.cidr).containsIP(r.address))",
        message = "dhcp.reservations has an address outside cidr; change it")
@ValidationRule(
        value = "!has(self.dns) || self.dns.all(d, isIP(d))",
        message = "dns must be addresses of name servers, such as 10.0.0.53")
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

        @Min(1)
        @Max(4094)
        @JsonPropertyDescription(
                "The VLAN whose adapters have these addresses, and in which the node is their gateway and answers DHCP; left out: adapters without a VLAN.")
        @Nullable
        Integer vlan,

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
        @JsonPropertyDescription(
                "Name servers that DHCP tells; left out: the gateway, which asks the node's own; on a Private switch: none.")
        @Nullable
        List<String> dns,

        @Size(max = 32)
        @JsonPropertyDescription(
                "Addresses for pods that a NetworkAttachmentDefinition puts on the switch; a node without any refuses such pods.")
        @Nullable
        List<SwitchPodRange> podRanges) {}
