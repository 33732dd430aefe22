package io.kubehv.cni.switching;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * The names of our interfaces. They follow from what they are for, so that a daemon that was restarted, or that is asked
 * twice, comes to the same; and their beginnings tell them from everybody else's.
 */
public final class LinkNames {
    static final String BRIDGE = "kvs";
    static final String TUNNEL = "kvx";
    static final String PORT = "kvp";
    static final String INSIDE = "kvi";
    static final String ADAPTER = "kvm";
    static final String OWN = "kvn";

    /** linux/if.h: IFNAMSIZ is 16, with a zero at the end. */
    private static final int LONGEST = 15;

    private LinkNames() {}

    /** The bridge of a switch. */
    public static String bridge(String switchName) {
        return name(BRIDGE, switchName);
    }

    /** The VXLAN of a switch. */
    static String tunnel(String switchName) {
        return name(TUNNEL, switchName);
    }

    /** The port of a switch that a node's own adapter is behind. */
    static String adapter(String switchName, int vlan) {
        return name(ADAPTER, switchName + '/' + vlan);
    }

    /** A node's own adapter on a switch, in a VLAN or in the namespace of a DHCP server. */
    static String own(String switchName, int vlan) {
        return name(OWN, switchName + '/' + vlan);
    }

    /** The node's end of a port. */
    static String port(String containerId, String interfaceName, String adapter) {
        return name(PORT, containerId + '/' + interfaceName + '/' + adapter);
    }

    /** The pod's end of a port, behind the tap of this name. */
    static String inside(String device) {
        return name(INSIDE, device);
    }

    /** Whether an interface of the node is one of ours, by its name. */
    static boolean areOurs(String link) {
        return link.length() == LONGEST
                && Stream.of(BRIDGE, TUNNEL, PORT, ADAPTER, OWN).anyMatch(link::startsWith);
    }

    private static String name(String prefix, String of) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(of.getBytes(StandardCharsets.UTF_8));
            return (prefix + HexFormat.of().formatHex(hash)).substring(0, LONGEST);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
