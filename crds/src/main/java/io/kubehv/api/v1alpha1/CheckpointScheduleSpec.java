package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import org.jspecify.annotations.Nullable;

/** Of which VMs checkpoints are taken, when, and how long they are kept. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.virtualMachine) != has(self.selector)",
        message =
                "exactly one of virtualMachine and selector is needed; for all VMs of the namespace write selector: {}")
@ValidationRule(
        value = "!has(self.type) || self.type != 'Disabled'",
        message =
                "type: Disabled is for a VirtualMachine's checkpointType; write Standard, Production or ProductionOnly, or set suspend: true")
public record CheckpointScheduleSpec(
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The VirtualMachine of the namespace that checkpoints are taken of.")
        @Nullable
        String virtualMachine,

        @JsonPropertyDescription(
                "The labels of the VirtualMachines of the namespace that checkpoints are taken of; {} for all.")
        @Nullable
        LabelSelector selector,

        @Required
        @Size(min = 1, max = 128)
        @ValidationRule(
                value =
                        "self.matches('^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^ @]+( +[^ ]+){4})$')",
                message =
                        "must be five fields as in a crontab, such as 0 22 * * 1-5, or @hourly, @daily, @weekly, @monthly or @yearly",
                messageExpression =
                        "'\"' + self + '\" must be five fields as in a crontab, such as 0 22 * * 1-5, or @hourly, @daily, @weekly, @monthly or @yearly'")
        @JsonPropertyDescription(
                "When, as in a CronJob: minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly, @monthly or @yearly.")
        String schedule,

        @Default("UTC")
        @Size(min = 1, max = 64)
        @ValidationRule(
                value = TimeZoneName.RULE,
                message = TimeZoneName.MESSAGE,
                messageExpression = TimeZoneName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("Whose time the schedule is in: UTC, or a time zone such as Europe/Berlin.")
        @Nullable
        String timeZone,

        @JsonPropertyDescription(
                "Standard, Production or ProductionOnly, as of a Checkpoint; left out: the VM's checkpointType.")
        @Nullable
        CheckpointType type,

        @Default("{\"count\": 10}")
        @JsonPropertyDescription("How many are kept of each VM, and for how long; left out: the last 10.")
        @Nullable
        CheckpointRetention retention,

        @Default("false")
        @JsonPropertyDescription("Whether none is taken; what was taken goes by its retention all the same.")
        @Nullable
        Boolean suspend,

        @Min(10)
        @Max(31_536_000)
        @JsonPropertyDescription(
                "How late, in seconds, a checkpoint may be taken whose time was missed, as by an outage; left out: at any time. Of several missed times the last one is made up, once.")
        @Nullable
        Long startingDeadlineSeconds) {}
