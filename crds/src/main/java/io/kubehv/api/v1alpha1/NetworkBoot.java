package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What DHCP on the default switch offers firmware to boot. On a network with a DHCP server of its own, that server says it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkBoot(
        // DHCP's field for it has 128 bytes, the last of them zero.
        @Required
        @Size(min = 8, max = 127)
        @ValidationRule(
                value =
                        "self.matches('^(http|tftp)://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/[A-Za-z0-9._~/?=&%+-]+$')",
                message = "must be an http:// or tftp:// URL of a file, such as http://boot/shimx64.efi",
                messageExpression =
                        "'\"' + self + '\" must be an http:// or tftp:// URL of a file, such as http://boot/shimx64.efi (firmware has no certificates for https)'")
        @JsonPropertyDescription(
                "The file that firmware loads: for generation 2 an EFI loader, by http; for generation 1 whatever iPXE boots, by http or tftp. Other files are fetched from beside it. The host is an IPv4 address, a Service's name in the VM's namespace, or a full name.")
        String url) {}
