package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far an export is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExportStatus(
        @JsonPropertyDescription("Pending, Checkpointing, Copying, Exported or Failed.") @Nullable
        ExportPhase phase,

        @JsonPropertyDescription("How much of the disks is copied, in percent.") @Nullable
        String progress,

        @JsonPropertyDescription("The VM that is exported.") @Nullable
        String virtualMachine,

        @JsonPropertyDescription("The checkpoint that is copied.") @Nullable
        String checkpoint,

        @JsonPropertyDescription(
                "What the disks really are: DataConsistent or CrashConsistent; left out: the VM was off.")
        @Nullable
        CaptureState captureState,

        @JsonPropertyDescription("Whether the guest's memory is in it; left out: it is not.") @Nullable
        Boolean memory,

        @JsonPropertyDescription("Where it is: the claim and the folder, or the URL.") @Nullable
        String location,

        @JsonPropertyDescription("How many bytes its files have.") @Nullable
        Long bytes,

        @JsonPropertyDescription("When the target had all of it.") @Nullable
        String exportedAt,

        @JsonPropertyDescription("How many pods that copied it were ended by others.") @Nullable
        Integer interruptions,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {

    /** Of one of which nothing is decided yet. */
    public static final ExportStatus NONE =
            new ExportStatus(null, null, null, null, null, null, null, null, null, null, null, null);
}
