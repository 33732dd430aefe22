package io.kubehv.hv.machine;

import java.nio.file.Path;

/**
 * Where a VM's files are in its pod.
 *
 * @param runtimeDirectory an empty directory of the pod's own, which the node's daemon reaches too
 * @param firmwareDirectory where the image keeps UEFI's code and its empty variables
 */
public record PodFiles(Path runtimeDirectory, Path firmwareDirectory) {
    /** As in every VM's pod. */
    public static final PodFiles STANDARD = new PodFiles(Path.of("/run/kubehv"), Path.of("/usr/share/OVMF"));

    /** QEMU's monitor. */
    public Path monitorSocket() {
        return runtimeDirectory.resolve("qmp.sock");
    }

    /** The guest agent's port. */
    public Path guestAgentSocket() {
        return runtimeDirectory.resolve("guest-agent.sock");
    }

    /** This VM's UEFI variables. */
    public Path firmwareVariables() {
        return runtimeDirectory.resolve("nvram.fd");
    }

    /** UEFI's code, the same for every VM; without Secure Boot. */
    public Path firmwareCode() {
        return firmwareDirectory.resolve("OVMF_CODE_4M.fd");
    }

    /** UEFI's variables as they are before the first start. */
    public Path firmwareVariablesTemplate() {
        return firmwareDirectory.resolve("OVMF_VARS_4M.fd");
    }

    /** The files of the NoCloud seed. */
    public Path seedDirectory() {
        return runtimeDirectory.resolve("seed");
    }
}
