package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A disk image that is fetched by HTTP or HTTPS. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HttpSource(
        @Required
        @Size(min = 8, max = 2048)
        @ValidationRule(
                value = "self.startsWith('http://') || self.startsWith('https://')",
                message = "must begin with http:// or https://",
                messageExpression = "'\"' + self + '\" must begin with http:// or https://'")
        @JsonPropertyDescription(
                "Where the image is: http:// or https://; raw, qcow2, vhd, vhdx and vmdk are detected.")
        String url,

        @Size(max = 140)
        @ValidationRule(
                value = FileDigest.RULE,
                message = FileDigest.MESSAGE,
                messageExpression = FileDigest.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The digest of the file as it is fetched: sha256: or sha512: and hexadecimal digits.")
        @Nullable
        String checksum,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A Secret of the same namespace with the keys username and password, for a server that asks for them.")
        @Nullable
        String secretName,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A ConfigMap of the same namespace with the key ca.crt: certificates to trust besides the usual ones.")
        @Nullable
        String caConfigMapName) {}
