package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the taking of a checkpoint went, as the node's daemon tells: the one field of the status that is the daemon's. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointCapture(
        @Required @JsonPropertyDescription("Started, Cutting, SavingMemory, Complete, Failed or Deleted.")
        Stage stage,

        @JsonPropertyDescription("The type that was tried.") @Nullable
        CheckpointType type,

        @JsonPropertyDescription("Why it failed, in one word.") @Nullable
        String reason,

        @JsonPropertyDescription("Why it failed, and what to do.") @Nullable
        String message,

        @JsonPropertyDescription("The instant that it is of.") @Nullable
        String creationTime,

        @JsonPropertyDescription("How long the guest stood still.") @Nullable
        String blackout,

        @JsonPropertyDescription("How long the guest's file systems were frozen.") @Nullable
        String frozenTime,

        @JsonPropertyDescription("How long it took to keep the disks, as a part of the blackout or of the frozen time.")
        @Nullable
        String cutTime,

        @JsonPropertyDescription(
                "How the memory was written: Background (while the guest went on) or Precopy (before it).")
        @Nullable
        String memoryTransfer,

        @JsonPropertyDescription("The bytes of memory and device state.") @Nullable
        Long memorySize,

        @JsonPropertyDescription("The CSI driver's handle of all disks' snapshots together.") @Nullable
        String groupSnapshotHandle,

        @JsonPropertyDescription("What was kept of each volume.") @Nullable
        List<Snapshot> snapshots,

        @JsonPropertyDescription("The machine that the memory is of.") @Nullable
        CheckpointMachine machine) {

    /** How far it is. */
    public enum Stage {
        /** Written before anything is done: whoever finds it alone knows that it was broken off. */
        @JsonProperty("Started")
        STARTED,

        /**
         * The guest stands still, holds its file systems or is off: now the states of the volumes of other CSI drivers are
         * to be kept. The daemon waits for that no longer than the guest can.
         */
        @JsonProperty("Cutting")
        CUTTING,

        /** The disks are kept and the guest goes on. */
        @JsonProperty("SavingMemory")
        SAVING_MEMORY,

        /** All of it is kept. */
        @JsonProperty("Complete")
        COMPLETE,

        /** Nothing is kept. */
        @JsonProperty("Failed")
        FAILED,

        /** What was kept is deleted. */
        @JsonProperty("Deleted")
        DELETED
    }

    /** What was kept of one volume. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Snapshot(
            @Required @JsonPropertyDescription("The CSI driver's handle of the volume.")
            String volumeHandle,

            @Required @JsonPropertyDescription("The CSI driver's handle of the snapshot.")
            String snapshotHandle,

            @JsonPropertyDescription("The bytes that a volume of it needs.") @Nullable
            Long size) {}

    /** One that has come to nothing. */
    public static CheckpointCapture failed(@Nullable CheckpointType type, String reason, String message) {
        return of(Stage.FAILED, type, reason, message);
    }

    /** One of which there is nothing to tell but how far it is. */
    public static CheckpointCapture of(Stage stage, @Nullable CheckpointType type) {
        return of(stage, type, null, null);
    }

    private static CheckpointCapture of(
            Stage stage, @Nullable CheckpointType type, @Nullable String reason, @Nullable String message) {
        return new CheckpointCapture(
                stage, type, reason, message, null, null, null, null, null, null, null, null, null);
    }

    /** The same, further on. */
    public CheckpointCapture at(Stage next) {
        return new CheckpointCapture(
                next,
                type,
                reason,
                message,
                creationTime,
                blackout,
                frozenTime,
                cutTime,
                memoryTransfer,
                memorySize,
                groupSnapshotHandle,
                snapshots,
                machine);
    }
}
