package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The machine that a memory is of: it goes on in none that differs. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointMachine(
        @JsonPropertyDescription("The version of QEMU.") @Nullable
        String qemuVersion,

        @JsonPropertyDescription("QEMU's name for the machine with its version, such as pc-q35-10.0.") @Nullable
        String machineType,

        @JsonPropertyDescription("QEMU's name for the model of the processors.") @Nullable
        String cpuModel,

        @JsonPropertyDescription("KVM or TCG.") @Nullable Accelerator accelerator) {}
