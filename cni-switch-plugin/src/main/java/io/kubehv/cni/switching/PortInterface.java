package io.kubehv.cni.switching;

/**
 * A port's end in the pod's network namespace.
 *
 * @param macAddress in lower case, with colons
 * @param mtu in bytes
 */
public record PortInterface(String name, String macAddress, int mtu) {}
