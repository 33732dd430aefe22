package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A DVD drive; what is in it is only read, and may be in several drives at once. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.virtualHardDisk) && has(self.persistentVolumeClaim))",
        message = "a DVD drive holds one of virtualHardDisk and persistentVolumeClaim; remove one",
        messageExpression =
                "'DVD drive \"' + self.name + '\" holds one of virtualHardDisk and persistentVolumeClaim; remove one'")
public record DvdDrive(
        @Required
        @Size(min = 1, max = 40)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                messageExpression =
                        "'\"' + self + '\" must be lower-case letters, digits and hyphens, with a letter or digit at both ends; rename it'")
        @JsonPropertyDescription("The drive's name in this VM.")
        String name,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A VirtualHardDisk of the same namespace with an ISO image; left out: the drive is empty.")
        @Nullable
        String virtualHardDisk,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A claim of the same namespace with an ISO image in disk.img.")
        @Nullable
        String persistentVolumeClaim) {}
