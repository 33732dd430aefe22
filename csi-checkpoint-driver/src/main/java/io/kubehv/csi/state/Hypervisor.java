package io.kubehv.csi.state;

/** The user that VMs run as in their pods. It can open VMs' disks without a capability, and without owning any else's. */
public final class Hypervisor {
    /** The user. */
    public static final int USER = 107;

    /** Its group. */
    public static final int GROUP = 107;

    private Hypervisor() {}
}
