package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a VM is made from. It is written down before the first of the VM's volumes is made, and never changed but by
 * {@code complete}: from then on the VM is whole whatever becomes of the checkpoint and of the VM that it is of.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointOrigin(
        @Required @JsonPropertyDescription("The Checkpoint's name.")
        String checkpoint,

        @Required @JsonPropertyDescription("The Checkpoint's UID: another one of the same name is none of the VM's.")
        String checkpointUid,

        @Required @JsonPropertyDescription("The VM that the checkpoint is of.")
        String virtualMachine,

        @Required @JsonPropertyDescription("The node that the checkpoint is on, and so the VM's volumes.")
        String nodeName,

        @JsonPropertyDescription("The checkpoint's disks.") @Nullable
        List<OriginDisk> disks,

        @JsonPropertyDescription("What the firmware and the TPM remembered.") @Nullable
        OriginDisk guestState,

        @JsonPropertyDescription("The Secret with the key of the TPM's state in it.") @Nullable
        String keyProtectorSecretName,

        @JsonPropertyDescription("Whether all of the VM's volumes are there: it needs the checkpoint no more.")
        @Nullable
        Boolean complete) {

    /** Whether the VM needs the checkpoint no more. */
    public boolean isComplete() {
        return Boolean.TRUE.equals(complete);
    }

    /** The same, with all of the VM's volumes there. */
    public CheckpointOrigin completed() {
        return new CheckpointOrigin(
                checkpoint, checkpointUid, virtualMachine, nodeName, disks, guestState, keyProtectorSecretName, true);
    }

    /** The disks of a VM: those that its spec lists; where it lists none at all, those of the checkpoint that it is made from. */
    public static List<Disk> disksOf(VirtualMachine machine) {
        List<Disk> listed = machine.getSpec().disks();
        if (listed != null) {
            return listed;
        }
        CheckpointOrigin origin =
                machine.getStatus() == null ? null : machine.getStatus().origin();
        if (origin == null || machine.getSpec().fromCheckpoint() == null) {
            return List.of();
        }
        Firmware firmware = machine.getSpec().firmware();
        boolean ordered = firmware != null && firmware.bootOrder() != null;
        return Objects.requireNonNullElse(origin.disks(), List.<OriginDisk>of()).stream()
                .map(disk -> new Disk(
                        disk.name(), null, null, null, ordered ? null : disk.bootOrder(), disk.bus(), null, null))
                .toList();
    }
}
