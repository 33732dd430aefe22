package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** What a virtual hard disk should be. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.blank), has(self.http), has(self.containerImage), has(self.persistentVolumeClaim), has(self.parent)].filter(x, x).size() == 1",
        message =
                "exactly one source is needed of blank, http, containerImage, persistentVolumeClaim and parent; for an empty disk write blank: {}")
@ValidationRule(
        value = "isQuantity(string(self.size)) && quantity(string(self.size)).isGreaterThan(quantity('1Mi'))",
        message = "size must be a quantity above 1Mi, for example 20Gi",
        messageExpression = "'size ' + string(self.size) + ' must be a quantity above 1Mi, for example 20Gi'")
@ValidationRule(
        value =
                "!isQuantity(string(self.size)) || !isQuantity(string(oldSelf.size)) || quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",
        message = "size can only grow; make a new disk",
        messageExpression =
                "'size ' + string(self.size) + ' is less than ' + string(oldSelf.size) + '; a disk can only grow: make a new one'")
@ValidationRule(
        value =
                "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",
        message = "storageClassName can't be changed; make a new disk with this one as its parent")
@ValidationRule(
        value =
                "has(self.blank) == has(oldSelf.blank) && has(self.http) == has(oldSelf.http) && has(self.containerImage) == has(oldSelf.containerImage) && has(self.persistentVolumeClaim) == has(oldSelf.persistentVolumeClaim) && has(self.parent) == has(oldSelf.parent)",
        message = "the kind of source can't be changed; make a new disk")
public record VirtualHardDiskSpec(
        @Required @JsonPropertyDescription("What the guest sees, for example 20Gi. It can grow later and never shrink.")
        Quantity size,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The storage class; left out: the cluster's default class.")
        @Nullable
        String storageClassName,

        @JsonPropertyDescription("An empty disk.") @Nullable BlankSource blank,

        @JsonPropertyDescription("A disk image that is fetched by HTTP or HTTPS.") @Nullable
        HttpSource http,

        @JsonPropertyDescription("A container image with one disk image under /disk/.") @Nullable
        ContainerImageSource containerImage,

        @JsonPropertyDescription("Another VirtualHardDisk of the namespace, of which this is a clone.") @Nullable
        ParentSource parent,

        @JsonPropertyDescription("A disk image that is a file on a volume.") @Nullable
        VolumeFileSource persistentVolumeClaim) {}
