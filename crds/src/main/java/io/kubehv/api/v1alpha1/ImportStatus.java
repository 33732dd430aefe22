package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far an import is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImportStatus(
        @JsonPropertyDescription("Pending, Inspecting, Copying, Imported or Failed.") @Nullable
        ImportPhase phase,

        @JsonPropertyDescription("How many of the disks are filled, and how far the next one is.") @Nullable
        String progress,

        @JsonPropertyDescription("The VM that is made.") @Nullable
        String virtualMachine,

        @JsonPropertyDescription("The VirtualHardDisks that are made for it.") @Nullable
        List<String> virtualHardDisks,

        @JsonPropertyDescription("Whether the VM goes on from the guest's memory; left out: it starts.") @Nullable
        Boolean memory,

        @JsonPropertyDescription("When the VM was there.") @Nullable
        String importedAt,

        @JsonPropertyDescription("How many of its pods were ended by others.") @Nullable
        Integer interruptions,

        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("Ready, and what explains it.") @Nullable
        List<Condition> conditions) {

    /** Of one of which nothing is decided yet. */
    public static final ImportStatus NONE = new ImportStatus(null, null, null, null, null, null, null, null, null);
}
