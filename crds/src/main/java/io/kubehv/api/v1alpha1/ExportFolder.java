package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A folder on a volume that an export makes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExportFolder(
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A claim of the same namespace: a Filesystem volume.")
        String name,

        @Size(min = 1, max = 512)
        @ValidationRule(
                value = FilePath.RULE,
                message = FilePath.MESSAGE,
                messageExpression = FilePath.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The folder that is made there, which must not exist; left out: the Export's name.")
        @Nullable
        String path) {}
