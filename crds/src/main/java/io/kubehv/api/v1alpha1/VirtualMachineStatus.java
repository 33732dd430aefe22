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

        @JsonPropertyDescription(
                "The addresses at which it is reached: the pod's for declared ports, then those on virtual switches.")
        @Nullable
        List<String> addresses,

        @JsonPropertyDescription("What the guest agent tells.") @Nullable
        Guest guest,

        @JsonPropertyDescription("The value of the annotation kubehv.io/reset-at that was last obeyed.") @Nullable
        String resetAt,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("Disks and DVD media that came to the running VM, and what became of them.") @Nullable
        List<AttachedDisk> disks,

        @JsonPropertyDescription("The memory of the running VM.") @Nullable
        AssignedMemory memory,

        @JsonPropertyDescription("There while the VM has not run since its node went down.") @Nullable
        AutomaticStart automaticStart,

        @JsonPropertyDescription(
                "Network adapters that came to the running VM, are to come or are to leave, and what becomes of them.")
        @Nullable
        List<AttachedAdapter> networkAdapters,

        @JsonPropertyDescription("The checkpoint that it goes on from: where in the tree of its checkpoints it is.")
        @Nullable
        String checkpoint,

        @JsonPropertyDescription("What it is made from, where fromCheckpoint says so.") @Nullable
        CheckpointOrigin origin) {

    /** Of a VM of which nobody knows a QEMU: it has no memory, and no disk came to it. */
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
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** Of a VM that was made from no checkpoint, or as somebody writes it who has no say in that. */
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
            @Nullable List<AttachedDisk> disks,
            @Nullable AssignedMemory memory,
            @Nullable AutomaticStart automaticStart,
            @Nullable List<AttachedAdapter> networkAdapters,
            @Nullable String checkpoint) {
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
                memory,
                automaticStart,
                networkAdapters,
                checkpoint,
                null);
    }
}
