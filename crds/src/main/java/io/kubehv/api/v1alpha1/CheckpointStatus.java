package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a checkpoint is. All of it is the operator's but {@code capture}, which is the daemon's. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointStatus(
        @JsonPropertyDescription("Pending, Preparing, Creating, SavingMemory, Ready, Failed or Deleting.") @Nullable
        CheckpointPhase phase,

        @JsonPropertyDescription("The type that it was really taken as.") @Nullable
        CheckpointType type,

        @JsonPropertyDescription("Why it is no Production checkpoint though one was asked for.") @Nullable
        String fallbackReason,

        @JsonPropertyDescription(
                "The checkpoint that the VM was at when this one was taken; left out for a root of the tree.")
        @Nullable
        String parent,

        @JsonPropertyDescription("Whether the VM goes on from this one: the mark Now of Hyper-V's tree.") @Nullable
        Boolean current,

        // The operator writes it, and an admission policy lets only that node's daemon write capture.
        @JsonPropertyDescription("The node whose volumes it is made of, and whose daemon takes and deletes it.")
        @Nullable
        String nodeName,

        @JsonPropertyDescription("Whether it is to have the guest's memory.") @Nullable
        Boolean withMemory,

        @JsonPropertyDescription("The claim that holds the guest's memory.") @Nullable
        String memoryPersistentVolumeClaim,

        @JsonPropertyDescription("The UID of the pod that mounts the volume for the memory while that is written.")
        @Nullable
        String memoryPodUid,

        @JsonPropertyDescription("The UID of the pod that the VM runs in; left out: the VM is off.") @Nullable
        String machinePodUid,

        @JsonPropertyDescription("The volumes that it keeps a state of.") @Nullable
        List<CheckpointDisk> disks,

        @JsonPropertyDescription("How the taking of it went, as the node's daemon tells.") @Nullable
        CheckpointCapture capture,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {

    /** Of one of which nothing is decided yet. */
    public static final CheckpointStatus NONE =
            new CheckpointStatus(null, null, null, null, null, null, null, null, null, null, null, null, null, null);
}
