package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network adapter of a VM, on the default switch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "!has(self.ports) || self.ports.all(p, self.ports.exists_one(q, q.port == p.port && q.protocol == p.protocol))",
        message = "ports lists a port twice; remove one",
        messageExpression = "'adapter \"' + self.name + '\" lists a port twice; remove one'")
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
        List<NetworkPort> ports) {}
