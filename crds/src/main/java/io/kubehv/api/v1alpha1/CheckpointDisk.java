package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One volume that a checkpoint keeps a state of. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointDisk(
        @Required
        @JsonPropertyDescription("The disk's name in the VM; guest-state for what its firmware and its TPM remember.")
        String name,

        @Required @JsonPropertyDescription("The claim of the volume.")
        String persistentVolumeClaim,

        @Required @JsonPropertyDescription("The CSI driver's handle of the volume.")
        String volumeHandle,

        @JsonPropertyDescription("The CSI driver's handle of the kept state.") @Nullable
        String snapshotHandle,

        @JsonPropertyDescription("The VolumeSnapshot of that state, for claims and backups to be made from.") @Nullable
        String volumeSnapshot) {

    /** The same, with its snapshot. */
    public CheckpointDisk kept(@Nullable String handle, @Nullable String snapshot) {
        return new CheckpointDisk(name, persistentVolumeClaim, volumeHandle, handle, snapshot);
    }
}
