package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The place of an export on a web server: each file has its URL below it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HttpFolder(
        @Required
        @Size(min = 8, max = 1536)
        @ValidationRule(
                value = "self.matches('^https?://[^?#]+$')",
                message = "must begin with http:// or https:// and have no ? and no #",
                messageExpression = "'\"' + self + '\" must begin with http:// or https:// and have no ? and no #'")
        @JsonPropertyDescription("Where the files are, for example https://files.example.com/exports/web.")
        String url,

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
