package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a virtual switch should be. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.type != 'External' || (has(self.uplinks) && self.uplinks.size() > 0)",
        message =
                "an External switch needs uplinks: name the nodes' interface, for example uplinks: [{interface: eth1}]")
@ValidationRule(
        value = "self.type == 'External' || !has(self.uplinks) || self.uplinks.size() == 0",
        message = "only an External switch has uplinks; remove them, or use type External")
@ValidationRule(
        value = "self.type != 'External' || !has(self.subnets) || self.subnets.size() == 0",
        message = "an External switch has its network's own addresses; remove subnets, or use type Internal")
@ValidationRule(
        value = "self.type != 'Private' || !has(self.subnets) || self.subnets.all(s, !s.?gateway.orValue(false))",
        message = "a Private switch hides the node, so it has no gateway; remove gateway, or use type Internal")
@ValidationRule(
        value = "(self.?scope.orValue('Cluster') == 'Node') == (oldSelf.?scope.orValue('Cluster') == 'Node')",
        message = "scope can't be changed; make a new switch")
@ValidationRule(
        value =
                "!has(self.subnets) || self.subnets.all(s, self.subnets.filter(o, o.cidr.contains(':') == s.cidr.contains(':') && o.?vlan.orValue(0) == s.?vlan.orValue(0)).size() == 1)",
        message = "subnets: at most one for IPv4 and one for IPv6 in each VLAN; remove one, or change its vlan")
@ValidationRule(
        value =
                "!has(self.mtu) || self.mtu >= 1280 || !has(self.subnets) || self.subnets.all(s, !s.cidr.contains(':'))",
        message = "mtu must be at least 1280 with a subnet of IPv6; raise it")
@ValidationRule(
        value = "!has(self.uplinkBandwidth) || self.type == 'External' || self.?scope.orValue('Cluster') == 'Cluster'",
        message =
                "a switch that each node has for itself has no way out that could be shared; remove uplinkBandwidth, or use scope Cluster")
public record VirtualSwitchSpec(
        @Required @JsonPropertyDescription("External, Internal or Private: whom its VMs reach.")
        SwitchType type,

        @Default("Cluster")
        @JsonPropertyDescription(
                "Cluster: one network over all nodes. Node: each node has its own, as in Hyper-V. An External switch is as wide as the network it is on.")
        @Nullable
        SwitchScope scope,

        @Size(max = 32) @JsonPropertyDescription("External: the nodes' interfaces to the physical network.") @Nullable
        List<SwitchUplink> uplinks,

        @Default("true")
        @JsonPropertyDescription("External: the node itself uses the interface as well, and its VMs reach it there.")
        @Nullable
        Boolean allowManagementOS,

        @Size(max = 16)
        @JsonPropertyDescription("Internal and Private: the guests' addresses, one network a protocol and VLAN.")
        @Nullable
        List<SwitchSubnet> subnets,

        @JsonPropertyDescription("The namespaces whose VMs may use it, by their labels; left out: all.") @Nullable
        LabelSelector allowedNamespaces,

        @Min(576)
        @Max(9216)
        @JsonPropertyDescription("The largest packet, in bytes; left out: what the nodes' network carries.")
        @Nullable
        Integer mtu,

        @Default("Weight")
        @JsonPropertyDescription(
                "How adapters on it share the way out of their node when all of them want more than it carries: Weight (by bandwidth.minimumWeight), Absolute (by bandwidth.minimum) or None.")
        @Nullable
        @ValidationRule(value = "self == oldSelf", message = "can't be changed; make a new switch")
        MinimumBandwidthMode minimumBandwidthMode,

        @JsonPropertyDescription(
                "What its way out of a node carries, in bits a second, such as 10G: External: the uplink; else what it may have of the nodes' own network. Left out: what the node's interface tells.")
        @Nullable
        @ValidationRule(
                value =
                        "isQuantity(string(self)) && quantity(string(self)).isInteger() && quantity(string(self)).asInteger() >= 100000 && quantity(string(self)).asInteger() <= 1000000000000",
                message = "must be from 100k to 1T bits a second, such as 1G or 10G",
                messageExpression =
                        "'\"' + string(self) + '\" must be from 100k to 1T bits a second, such as 1G or 10G'")
        Quantity uplinkBandwidth) {

    /** One that shares its way out as Hyper-V does by default. */
    public VirtualSwitchSpec(
            SwitchType type,
            @Nullable SwitchScope scope,
            @Nullable List<SwitchUplink> uplinks,
            @Nullable Boolean allowManagementOS,
            @Nullable List<SwitchSubnet> subnets,
            @Nullable LabelSelector allowedNamespaces,
            @Nullable Integer mtu) {
        this(type, scope, uplinks, allowManagementOS, subnets, allowedNamespaces, mtu, null, null);
    }
}
