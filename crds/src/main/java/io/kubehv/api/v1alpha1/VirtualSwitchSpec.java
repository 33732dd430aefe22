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
                "!has(self.subnets) || (self.subnets.filter(s, s.cidr.contains(':')).size() <= 1 && self.subnets.filter(s, !s.cidr.contains(':')).size() <= 1)",
        message = "subnets: at most one for IPv4 and one for IPv6; remove one")
@ValidationRule(
        value =
                "!has(self.mtu) || self.mtu >= 1280 || !has(self.subnets) || self.subnets.all(s, !s.cidr.contains(':'))",
        message = "mtu must be at least 1280 with a subnet of IPv6; raise it")
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

        @Size(max = 2)
        @JsonPropertyDescription("Internal and Private: the guests' addresses, one network a protocol.")
        @Nullable
        List<SwitchSubnet> subnets,

        @JsonPropertyDescription("The namespaces whose VMs may use it, by their labels; left out: all.") @Nullable
        LabelSelector allowedNamespaces,

        @Min(576)
        @Max(9216)
        @JsonPropertyDescription("The largest packet, in bytes; left out: what the nodes' network carries.")
        @Nullable
        Integer mtu) {}
