package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One volume of a checkpoint as a VM that is made from it takes it: all that its own claim is made of. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OriginDisk(
        @Required @JsonPropertyDescription("The disk's name in the checkpoint.")
        String name,

        @Required @JsonPropertyDescription("The VolumeSnapshot of the checkpoint that its claim is a copy of.")
        String volumeSnapshot,

        @Required @JsonPropertyDescription("The bytes of the volume.")
        Long size,

        @JsonPropertyDescription("The storage class of the volume that the checkpoint was taken of.") @Nullable
        String storageClassName,

        @JsonPropertyDescription("Filesystem or Block, as the volume that the checkpoint was taken of.") @Nullable
        String volumeMode,

        @JsonPropertyDescription("The VolumeAttributesClass of the volume that the checkpoint was taken of.") @Nullable
        String volumeAttributesClassName,

        @JsonPropertyDescription("The bus that the disk had in the VM that the checkpoint is of.") @Nullable
        DiskBus bus,

        @JsonPropertyDescription("The bootOrder that the disk had there.") @Nullable
        Integer bootOrder) {}
