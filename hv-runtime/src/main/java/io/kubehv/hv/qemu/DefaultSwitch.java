package io.kubehv.hv.qemu;

/** The addresses of the default switch. Each adapter of a machine has a network of its own there, by its place. */
public final class DefaultSwitch {
    /** An eighth of a range for documentation (RFC 5737), so no cluster has its pods there. */
    private static final int ADDRESSES = 32;

    private DefaultSwitch() {}

    /** The network of the adapter at a place from 0 to 7: the guest has its address 15, the gateway 2. */
    public static String ipv4Subnet(int place) {
        return "192.0.2." + ADDRESSES * place + "/27";
    }

    /** A unique local prefix (RFC 4193), so a guest prefers IPv4 for what only IPv4 reaches. */
    public static String ipv6Prefix(int place) {
        return "fd6b:7562:6568:760" + place + "::";
    }
}
