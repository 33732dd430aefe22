package io.kubehv.cni.switching;

/** What is looked at in the frames of a port but its access list. They stand in the order in which they are looked at. */
enum Guard {
    /** It sends and gets no tags. */
    UNTAGGED("ether type { 8021q, 8021ad } drop", "ether type { 8021q, 8021ad } drop"),

    /** It sends with its own MAC address. */
    MAC("jump mac_guard", ""),

    /** It sends with the addresses that are kept for it. */
    ADDRESS("jump address_guard", ""),
    DHCP("jump dhcp_guard", ""),
    ROUTER("jump router_guard", ""),

    /** It has a share of the way out of the node. */
    SHARE("meta priority set iifname map @shares", ""),

    /** By the address: `meta pkttype` says nothing of frames that have come here without waiting. */
    STORM("ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 iifname vmap @storms", "");

    private final String fromPort;
    private final String toPort;

    Guard(String fromPort, String toPort) {
        this.fromPort = fromPort;
        this.toPort = toPort;
    }

    /** The rule for what a port sends; empty: none. */
    String fromPort() {
        return fromPort;
    }

    /** The rule for what it gets; empty: none. */
    String toPort() {
        return toPort;
    }
}
