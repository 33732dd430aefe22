package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A disk of a VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.virtualHardDisk), has(self.persistentVolumeClaim), has(self.template)].filter(x, x).size() <= 1",
        message = "a disk needs exactly one of virtualHardDisk, persistentVolumeClaim and template",
        messageExpression =
                "'disk \"' + self.name + '\" needs exactly one of virtualHardDisk, persistentVolumeClaim and template'")
public record Disk(
        @Required
        @Size(min = 1, max = 40)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                messageExpression =
                        "'\"' + self + '\" must be lower-case letters, digits and hyphens, with a letter or digit at both ends; rename it'")
        @JsonPropertyDescription("The disk's name in this VM.")
        String name,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("A VirtualHardDisk of the same namespace.")
        @Nullable
        String virtualHardDisk,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "A claim of the same namespace: a Block volume, or a Filesystem volume with a raw disk.img in it (made when the volume is empty).")
        @Nullable
        String persistentVolumeClaim,

        @JsonPropertyDescription("A disk that is made for the VM and deleted with it.") @Nullable
        DiskTemplate template,

        @Min(1)
        @Max(256)
        @JsonPropertyDescription(
                "The firmware tries disks in this order, lowest first; disks without it come after, as they are listed.")
        @Nullable
        Integer bootOrder,

        @Default("SCSI")
        @JsonPropertyDescription(
                "SCSI, Virtio (virtio-blk) or, for generation 1, IDE. Only SCSI disks can be added to and removed from a running VM.")
        @Nullable
        DiskBus bus,

        @JsonPropertyDescription("How fast the disk may be.") @Nullable
        DiskQos qos,

        @Default("false")
        @JsonPropertyDescription("The guest can't write; such a disk may be in several VMs at once.")
        @Nullable
        Boolean readOnly) {}
