package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a VM is. Each field has one writer at a time: see docs/api.md. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VirtualMachineStatus(
        @JsonPropertyDescription(
                "Off, Starting, Running, Pausing, Paused, Resuming, Saving, Saved, Stopping or Critical.")
        @Nullable
        VirtualMachineState state,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        // The operator writes it when the pod has a node and takes it back when the pod is gone: an admission policy
        // lets a node's daemon write the status of the VMs that carry its node here, and it can't change this field.
        @JsonPropertyDescription("The node that runs it.") @Nullable
        String nodeName,

        @JsonPropertyDescription("The pod that runs it.") @Nullable
        String podName,

        @JsonPropertyDescription("KVM or TCG.") @Nullable Accelerator accelerator,

        @JsonPropertyDescription("UUID, generation id and MAC addresses.") @Nullable
        Identity identity,

        @JsonPropertyDescription("The addresses at which its declared ports are reached.") @Nullable
        List<String> addresses,

        @JsonPropertyDescription("What the guest agent tells.") @Nullable
        Guest guest,

        @JsonPropertyDescription("The value of the annotation kubehv.io/reset-at that was last obeyed.") @Nullable
        String resetAt,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("Disks and DVD media that came to the running VM, and what became of them.") @Nullable
        List<AttachedDisk> disks,

        @JsonPropertyDescription("There while the VM has not run since its node went down.") @Nullable
        AutomaticStart automaticStart) {

    /** Of a VM whose node did not go down. */
    public VirtualMachineStatus(
            @Nullable VirtualMachineState state,
            @Nullable Long observedGeneration,
            @Nullable String nodeName,
            @Nullable String podName,
            @Nullable Accelerator accelerator,
            @Nullable Identity identity,
            @Nullable List<String> addresses,
            @Nullable Guest guest,
            @Nullable String resetAt,
            @Nullable List<Condition> conditions,
            @Nullable List<AttachedDisk> disks) {
        this(
                state,
                observedGeneration,
                nodeName,
                podName,
                accelerator,
                identity,
                addresses,
                guest,
                resetAt,
                conditions,
                disks,
                null);
    }

    /** Of a VM to which no disk came while it ran. */
    public VirtualMachineStatus(
            @Nullable VirtualMachineState state,
            @Nullable Long observedGeneration,
            @Nullable String nodeName,
            @Nullable String podName,
            @Nullable Accelerator accelerator,
            @Nullable Identity identity,
            @Nullable List<String> addresses,
            @Nullable Guest guest,
            @Nullable String resetAt,
            @Nullable List<Condition> conditions) {
        this(
                state,
                observedGeneration,
                nodeName,
                podName,
                accelerator,
                identity,
                addresses,
                guest,
                resetAt,
                conditions,
                null);
    }
}
