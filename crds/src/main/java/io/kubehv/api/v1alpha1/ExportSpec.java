package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What is to be exported, and where to. It can't be changed: what was asked for may be done already. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "self == oldSelf", message = "it can't be changed; make a new Export")
@ValidationRule(
        value = "has(self.virtualMachine) != has(self.checkpoint)",
        message = "exactly one of virtualMachine and checkpoint is needed")
@ValidationRule(
        value = "!has(self.captureState) || has(self.virtualMachine)",
        message = "captureState is for a virtualMachine: a checkpoint is what it was taken as; remove captureState")
@ValidationRule(
        value = "!self.memory || !has(self.captureState)",
        message =
                "captureState: with memory the disks are those of the memory's own instant; remove captureState, or memory")
@ValidationRule(
        value = "self.diskFormat != 'RAW' || !has(self.target.http)",
        message =
                "diskFormat: RAW can't be uploaded, as nobody can tell afterwards that it is RAW; write QCOW2 or VHDX")
public record ExportSpec(
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription(
                "The VirtualMachine of the namespace that is exported as it is now: a checkpoint is taken for it, which goes again.")
        @Nullable
        String virtualMachine,

        @Size(min = 1, max = 253)
        @ValidationRule(
                value = ObjectName.RULE,
                message = ObjectName.MESSAGE,
                messageExpression = ObjectName.MESSAGE_EXPRESSION)
        @JsonPropertyDescription("The Checkpoint of the namespace that is exported, as an independent VM of that time.")
        @Nullable
        String checkpoint,

        @JsonPropertyDescription(
                "What of a running VM: DataConsistent (the guest makes its disks consistent, or the export fails) or CrashConsistent (as after a power cut); left out: DataConsistent, and CrashConsistent where the guest can't.")
        @Nullable
        CaptureState captureState,

        @Default("QCOW2") @JsonPropertyDescription("QCOW2, VHDX or RAW.") @Nullable
        ExportFormat diskFormat,

        @Default("false")
        @JsonPropertyDescription(
                "Whether the guest's memory is exported too: of a virtualMachine that runs, is paused or is saved, or of a Standard checkpoint. An Import with mode Register goes on from it.")
        @Nullable
        Boolean memory,

        @Required @JsonPropertyDescription("Where it goes: one of persistentVolumeClaim and http.")
        ExportTarget target) {}
