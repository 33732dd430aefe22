package io.kubehv.hv.qmp.agent;

import java.util.List;

/**
 * A network interface as the guest sees it.
 *
 * @param name such as {@code eth0}
 * @param macAddress empty where it has none
 * @param addresses IPv4 and IPv6 addresses, without prefix lengths
 */
public record GuestInterface(String name, String macAddress, List<String> addresses) {
    /** Copies the list. */
    public GuestInterface {
        addresses = List.copyOf(addresses);
    }
}
