package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A container image that carries a disk image. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ContainerImageSource(
        @Required
        @Size(min = 1, max = 1024)
        @JsonPropertyDescription("The image; its disk is the one file under /disk/.")
        String image,

        @Default("IfNotPresent")
        @ValidationRule(
                value = "self in ['Always', 'IfNotPresent', 'Never']",
                message = "must be Always, IfNotPresent or Never",
                messageExpression = "'\"' + self + '\" must be Always, IfNotPresent or Never'")
        @Size(max = 12)
        @JsonPropertyDescription("When the image is pulled: Always, IfNotPresent or Never.")
        @Nullable
        String pullPolicy,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A Secret of the same namespace for a private registry.")
        @Nullable
        String pullSecretName) {}
