package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * How another CSI driver than ours keeps the state of a volume: by a VolumeSnapshot that the operator makes while the guest
 * stands still or holds its file systems.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ForeignDisk(
        @Required @JsonPropertyDescription("The CSI driver of the volume.")
        String driver,

        @Required @JsonPropertyDescription("The VolumeSnapshotClass of the driver that the state is kept by.")
        String volumeSnapshotClass,

        @JsonPropertyDescription("When the driver had the state, by its own clock; left out: it has not yet.") @Nullable
        String creationTime,

        @JsonPropertyDescription("The bytes that a volume of that state needs at least.") @Nullable
        Long restoreSize) {

    /** The same, with nothing kept: for another attempt. */
    public ForeignDisk again() {
        return new ForeignDisk(driver, volumeSnapshotClass, null, null);
    }

    /** The same, with the state kept. */
    public ForeignDisk keptAt(String time, @Nullable Long bytes) {
        return new ForeignDisk(driver, volumeSnapshotClass, time, bytes);
    }
}
