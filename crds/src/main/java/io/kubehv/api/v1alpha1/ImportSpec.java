package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Which export is to become a VM. It can't be changed: what was asked for may be done already. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "self == oldSelf", message = "it can't be changed; make a new Import")
public record ImportSpec(
        @Required @JsonPropertyDescription("Where the export is: one of persistentVolumeClaim and http.")
        ImportSource source,

        @Default("Copy")
        @JsonPropertyDescription(
                "Copy (another VM, with a UUID and MAC addresses of its own) or Register (the same VM; refused while there is a VM with its UUID).")
        @Nullable
        ImportMode mode,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The name of the VirtualMachine that is made; left out: the exported one's.")
        @Nullable
        String virtualMachine,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The storage class of its disks; left out: the cluster's default class.")
        @Nullable
        String storageClassName) {}
