package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Which checkpoint a VM is to go back to. It can't be changed: what was asked for may be done already. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "self == oldSelf", message = "it can't be changed; make a new CheckpointApply")
public record CheckpointApplySpec(
        @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The Checkpoint of the namespace that its VM goes back to.")
        String checkpoint,

        @Default("false")
        @JsonPropertyDescription(
                "Whether a checkpoint of the present is taken first, so that nothing is lost; its name is this object's with -before.")
        @Nullable
        Boolean checkpointFirst) {}
