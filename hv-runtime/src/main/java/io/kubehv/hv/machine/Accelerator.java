package io.kubehv.hv.machine;

/** What runs the guest's instructions. */
public enum Accelerator {
    /** The kernel's hypervisor, on the processor itself. */
    KVM,
    /** QEMU's own emulation. */
    TCG;

    /** The environment variable of a VM's pod that tells which one the node gave it. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_ACCELERATOR";
}
