package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far a schedule is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointScheduleStatus(
        @JsonPropertyDescription("The last time of the schedule that was acted on.") @Nullable
        String lastScheduleTime,

        @JsonPropertyDescription("The next time of the schedule; left out while it is suspended.") @Nullable
        String nextScheduleTime,

        @JsonPropertyDescription("The newest checkpoint that it has taken and that is ready.") @Nullable
        String lastCheckpoint,

        @JsonPropertyDescription("How many of the checkpoints that it has taken are ready.") @Nullable
        Integer checkpoints,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {

    /** Of one that nothing was done about yet. */
    public static final CheckpointScheduleStatus NONE =
            new CheckpointScheduleStatus(null, null, null, null, null, null);
}
