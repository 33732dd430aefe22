package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a checkpoint is to be of. It can't be changed: a point in time has passed. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "self == oldSelf", message = "a checkpoint can't be changed; make a new Checkpoint")
@ValidationRule(
        value = "!has(self.type) || self.type != 'Disabled'",
        message =
                "type: Disabled is for a VirtualMachine's checkpointType; write Standard, Production or ProductionOnly")
public record CheckpointSpec(
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The VirtualMachine of the namespace that it is taken of.")
        String virtualMachine,

        @JsonPropertyDescription(
                "Standard (memory and disks), Production (disks that the guest has made consistent; Standard where it can't) or ProductionOnly (no fallback); left out: the VM's checkpointType.")
        @Nullable
        CheckpointType type) {}
