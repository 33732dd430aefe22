package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** A disk that lives and dies with its VM. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.blank), has(self.http), has(self.containerImage), has(self.parent)].filter(x, x).size() == 1",
        message =
                "exactly one source is needed of blank, http, containerImage and parent; for an empty disk write blank: {}")
public record DiskTemplate(
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
        ParentSource parent) {}
