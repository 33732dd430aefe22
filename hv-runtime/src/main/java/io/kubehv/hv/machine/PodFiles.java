package io.kubehv.hv.machine;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import java.nio.file.Path;

/**
 * Where a VM's files are in its pod.
 *
 * @param runtimeDirectory an empty directory of the pod's own, which the node's daemon reaches too
 * @param guestStateDirectory the volume of what the machine itself remembers: its firmware's variables
 * @param savedStateDirectory the volume that the machine's memory is saved to, where there is one
 * @param firmwareDirectory where the image keeps UEFI's code and the templates of its variables
 */
public record PodFiles(
        Path runtimeDirectory, Path guestStateDirectory, Path savedStateDirectory, Path firmwareDirectory) {
    /** As in every VM's pod. */
    public static final PodFiles STANDARD = new PodFiles(
            Path.of("/run/kubehv"),
            Path.of("/var/lib/kubehv/guest-state"),
            Path.of("/var/lib/kubehv/saved-state"),
            Path.of("/usr/share/OVMF"));

    /** QEMU's monitor. */
    public Path monitorSocket() {
        return runtimeDirectory.resolve("qmp.sock");
    }

    /** A second monitor, over which QEMU is handed files that come to the machine while it runs. */
    public Path descriptorSocket() {
        return runtimeDirectory.resolve("descriptors.sock");
    }

    /** The guest agent's port. */
    public Path guestAgentSocket() {
        return runtimeDirectory.resolve("guest-agent.sock");
    }

    /** Where another container of the pod emulates the TPM. */
    public Path tpmSocket() {
        return runtimeDirectory.resolve("tpm.sock");
    }

    /** This VM's UEFI variables. */
    public Path firmwareVariables() {
        return guestStateDirectory.resolve("nvram.fd");
    }

    /** UEFI's code, the same for every VM; for Secure Boot, one that guards the variables by system management mode. */
    public Path firmwareCode(SecureBoot secureBoot) {
        return firmwareDirectory.resolve(secureBoot == SecureBoot.OFF ? "OVMF_CODE_4M.fd" : "OVMF_CODE_4M.secboot.fd");
    }

    /** UEFI's variables as they are before the first start; for the user's own keys they are added to these. */
    public Path firmwareVariablesTemplate(SecureBoot secureBoot) {
        return firmwareDirectory.resolve(
                switch (secureBoot) {
                    case OFF, CUSTOM -> "OVMF_VARS_4M.fd";
                    case MICROSOFT_UEFI_CERTIFICATE_AUTHORITY -> "MicrosoftUEFICertificateAuthority.fd";
                    case MICROSOFT_WINDOWS -> "MicrosoftWindows.fd";
                });
    }

    /** A mark on the volume that the machine's memory may be saved to. */
    public Path placeForMemory() {
        return savedStateDirectory.resolve("place-for-memory");
    }

    /** What the memory on that volume is of, where that is told. */
    public Path memoryFacts() {
        return savedStateDirectory.resolve(MachineFacts.FILE);
    }

    /** The same files for a QEMU beside the machine's own: nobody may take its monitor for the machine's. */
    public PodFiles aside(String name) {
        return new PodFiles(
                runtimeDirectory.resolve(name), guestStateDirectory, savedStateDirectory, firmwareDirectory);
    }

    /** The files of the NoCloud seed. */
    public Path seedDirectory() {
        return runtimeDirectory.resolve("seed");
    }
}
