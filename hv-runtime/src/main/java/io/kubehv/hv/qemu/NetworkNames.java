package io.kubehv.hv.qemu;

/**
 * What the parts of network adapters are called in QEMU. The same for those of the command line and those that come later,
 * so that who asks QEMU finds both.
 */
public final class NetworkNames {
    /** How many adapters a machine of generation 2 has a place for: as many as a VM can have. */
    public static final int PORTS = 8;

    private static final String NETWORK = "network-";
    private static final String DEVICE = "adapter-";
    private static final String PORT = "pci-port-";

    private NetworkNames() {}

    /** What an adapter's cable leads to. */
    public static String network(String adapter) {
        return NETWORK + adapter;
    }

    /** The device that the guest sees. */
    public static String device(String adapter) {
        return DEVICE + adapter;
    }

    /** A place for an adapter that can come and go; from 0 on, less than {@link #PORTS}. */
    public static String port(int index) {
        return PORT + index;
    }
}
