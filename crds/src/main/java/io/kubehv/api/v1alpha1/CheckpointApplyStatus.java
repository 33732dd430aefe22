package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far a VM is on its way back. All of it is the operator's but {@code reversal}, which is the daemon's. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointApplyStatus(
        @JsonPropertyDescription("Pending, Checkpointing, TurningOff, Reverting, RestoringMemory, Applied or Failed.")
        @Nullable
        CheckpointApplyPhase phase,

        @JsonPropertyDescription("The VM that goes back.") @Nullable
        String virtualMachine,

        // As in a Checkpoint's status: whose daemon may write reversal.
        @JsonPropertyDescription("The node whose daemon takes the volumes back.") @Nullable
        String nodeName,

        @JsonPropertyDescription("The volumes, and what each becomes.") @Nullable
        List<CheckpointDisk> disks,

        @JsonPropertyDescription("What the node's daemon tells of it.") @Nullable
        CheckpointReversal reversal,

        @JsonPropertyDescription("When it was done.") @Nullable
        String appliedAt,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {

    /** Of one of which nothing is decided yet. */
    public static final CheckpointApplyStatus NONE =
            new CheckpointApplyStatus(null, null, null, null, null, null, null, null);
}
