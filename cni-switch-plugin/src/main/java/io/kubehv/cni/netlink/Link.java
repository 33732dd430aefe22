package io.kubehv.cni.netlink;

import java.util.Optional;

/**
 * A network interface as the kernel tells it.
 *
 * @param index its number in its namespace
 * @param name its name in its namespace
 * @param kind what it was made as, such as {@code bridge} or {@code veth}; empty: hardware
 * @param mac its own address; empty where it has none, as a loopback
 * @param mtu the largest packet, in bytes
 * @param master the number of the bridge that it is a port of; 0: none
 * @param isUp whether it was switched on
 * @param hasCarrier whether something is at its other end
 */
public record Link(
        int index,
        String name,
        Optional<String> kind,
        Optional<MacAddress> mac,
        int mtu,
        int master,
        boolean isUp,
        boolean hasCarrier) {}
