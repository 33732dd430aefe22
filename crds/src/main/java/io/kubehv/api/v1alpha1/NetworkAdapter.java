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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network adapter of a VM, on a virtual switch or, where none is named, on the default switch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "!has(self.ports) || self.ports.all(p, self.ports.exists_one(q, q.port == p.port && q.protocol == p.protocol))",
        message = "ports lists a port twice; remove one",
        messageExpression = "'adapter \"' + self.name + '\" lists a port twice; remove one'")
@ValidationRule(
        value = "!has(self.switch) || !has(self.ports) || self.ports.size() == 0",
        message = "ports are reached through the pod, on the default switch only; remove ports, or remove switch",
        messageExpression =
                "'adapter \"' + self.name + '\": ports are reached through the pod, on the default switch only; remove ports, or remove switch'")
@ValidationRule(
        value =
                "has(self.switch) || !(self.?macAddressSpoofing.orValue(false) || has(self.vlan) || self.?portMirroring.orValue('None') != 'None' || has(self.bandwidth) || (has(self.accessControl) && self.accessControl.size() > 0) || has(self.stormLimit))",
        message =
                "macAddressSpoofing, vlan, portMirroring, bandwidth, accessControl and stormLimit need a VirtualSwitch; remove them, or name one in switch",
        messageExpression =
                "'adapter \"' + self.name + '\": macAddressSpoofing, vlan, portMirroring, bandwidth, accessControl and stormLimit need a VirtualSwitch; remove them, or name one in switch'")
@ValidationRule(
        value =
                "!self.?deviceNaming.orValue(false) || (self.name.size() <= 15 && !self.name.matches('^([0-9]+|lo|all|default)$'))",
        message =
                "deviceNaming needs a name that Linux takes for an interface; rename the adapter, or remove deviceNaming",
        messageExpression =
                "'adapter \"' + self.name + '\": deviceNaming needs a name that Linux takes for an interface (at most 15 characters, not only digits, none of lo, all and default); rename it, or remove deviceNaming'")
public record NetworkAdapter(
        @Required
        @Size(min = 1, max = 40)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                messageExpression =
                        "'\"' + self + '\" must be lower-case letters, digits and hyphens, with a letter or digit at both ends; rename it'")
        @JsonPropertyDescription("The adapter's name in this VM.")
        String name,

        @Size(max = 17)
        @ValidationRule(
                value = "self == '' || self.matches('^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$')",
                message = "must be six pairs of hexadecimal digits with colons, the first octet even",
                messageExpression =
                        "'\"' + self + '\" must be six pairs of hexadecimal digits with colons, the first octet even (no multicast), as in 00:15:5d:00:01:2a'")
        @ValidationRule(
                value = "self != '00:00:00:00:00:00'",
                message = "00:00:00:00:00:00 is no address; write another, or leave it out")
        @JsonPropertyDescription(
                "A fixed MAC address, such as 00:15:5d:00:01:2a; empty: one is made up and kept in status.")
        @Nullable
        String macAddress,

        @Default("false")
        @JsonPropertyDescription(
                "An Intel 8254x instead of virtio, for systems without other drivers; generation 1 only.")
        @Nullable
        Boolean legacy,

        @JsonPropertyDescription(
                "What the firmware boots through this adapter, where the network has no DHCP server of its own that says so.")
        @Nullable
        NetworkBoot networkBoot,

        @Size(max = 64)
        @JsonPropertyDescription("The ports that are reached from outside through the pod's address.")
        @Nullable
        List<NetworkPort> ports,

        @JsonProperty("switch")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = "must be the name of a VirtualSwitch",
                messageExpression = "'\"' + self + '\" must be the name of a VirtualSwitch'")
        @JsonPropertyDescription(
                "The VirtualSwitch that it is on; left out: the default switch, which is NAT behind the pod's address.")
        @Nullable
        String switchName,

        @Default("true") @JsonPropertyDescription("Whether its cable is in.") @Nullable
        Boolean connected,

        @Default("false")
        @JsonPropertyDescription(
                "The guest's interface has the adapter's name from the VM's next start on, where its systemd takes names from the firmware (256 or newer).")
        @Nullable
        Boolean deviceNaming,

        @Default("false")
        @JsonPropertyDescription(
                "The guest may send from other MAC addresses than its own, as a bridge or guests of its own do.")
        @Nullable
        Boolean macAddressSpoofing,

        @Default("false") @JsonPropertyDescription("What a DHCP server in the guest sends does not leave it.") @Nullable
        Boolean dhcpGuard,

        @Default("false")
        @JsonPropertyDescription("Router advertisements and redirects of the guest do not leave it.")
        @Nullable
        Boolean routerGuard,

        @JsonPropertyDescription("The VLANs that it is in; left out: frames without a tag.") @Nullable
        Vlan vlan,

        @Default("None")
        @JsonPropertyDescription(
                "Source: what it sends and gets is copied to the Destination adapters on the same switch and node.")
        @Nullable
        PortMirroring portMirroring,

        @JsonPropertyDescription("How much it may send and get; left out: no limit.") @Nullable
        AdapterBandwidth bandwidth,

        @Size(max = 32)
        @JsonPropertyDescription("Whom the guest may speak with; of all entries that fit, the longest prefix counts.")
        @Nullable
        List<AccessControl> accessControl,

        @Min(1)
        @Max(10000000)
        @JsonPropertyDescription("How many broadcast and multicast frames a second it may send; left out: no limit.")
        @Nullable
        Integer stormLimit) {

    /** One on the default switch, with nothing set that only a VirtualSwitch knows. */
    public NetworkAdapter(
            String name, @Nullable String macAddress, @Nullable Boolean legacy, @Nullable List<NetworkPort> ports) {
        this(name, macAddress, legacy, null, ports, null, null, null, null, null, null, null, null, null, null, null);
    }
}
