package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The folder of an export, on a volume. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImportFolder(
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A claim of the same namespace: a Filesystem volume.")
        String name,

        @Required
        @Size(min = 1, max = 512)
        @ValidationRule(
                value = FilePath.RULE,
                message = FilePath.MESSAGE,
                messageExpression = FilePath.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The folder there that has the file manifest.json.")
        String path) {}
