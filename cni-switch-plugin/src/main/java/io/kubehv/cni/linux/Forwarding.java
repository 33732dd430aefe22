package io.kubehv.cni.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a network passes on packets that are not for itself (Documentation/networking/ip-sysctl.rst). */
public final class Forwarding {
    private static final Path IPV4 = Path.of("/proc/sys/net/ipv4/ip_forward");

    /** That of one interface alone is not enough: what comes back comes by another. */
    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf/all/forwarding");

    private Forwarding() {}

    /**
     * Whether it does.
     *
     * @param namespace the network; empty: this program's
     * @param ipv4 packets of IPv4, else those of IPv6
     */
    public static boolean isOn(Optional<NetworkNamespace> namespace, boolean ipv4) throws IOException {
        Path setting = ipv4 ? IPV4 : IPV6;
        // The files of settings are those of the namespace that the thread is in.
        return namespace.isPresent() ? namespace.get().within(() -> isOn(setting)) : isOn(setting);
    }

    private static boolean isOn(Path setting) throws IOException {
        try {
            return !Files.readString(setting).strip().equals("0");
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
