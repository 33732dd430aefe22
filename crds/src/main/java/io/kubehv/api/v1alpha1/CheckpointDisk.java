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
        String volumeSnapshot,

        @JsonPropertyDescription(
                "How another CSI driver than KubeHV's keeps the volume's state; left out: it is KubeHV's own volume.")
        @Nullable
        ForeignDisk foreign) {

    /** One of our own driver's volumes. */
    public CheckpointDisk(
            String name,
            String persistentVolumeClaim,
            String volumeHandle,
            @Nullable String snapshotHandle,
            @Nullable String volumeSnapshot) {
        this(name, persistentVolumeClaim, volumeHandle, snapshotHandle, volumeSnapshot, null);
    }

    /** Whether our own CSI driver has the volume. */
    public boolean ours() {
        return foreign == null;
    }

    /** The same, with its snapshot. */
    public CheckpointDisk kept(@Nullable String handle, @Nullable String snapshot) {
        return new CheckpointDisk(name, persistentVolumeClaim, volumeHandle, handle, snapshot, foreign);
    }

    /** The same, with what its own driver tells of it; null: the volume is one of ours. */
    public CheckpointDisk with(@Nullable ForeignDisk told) {
        return new CheckpointDisk(name, persistentVolumeClaim, volumeHandle, snapshotHandle, volumeSnapshot, told);
    }
}
