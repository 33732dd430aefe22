package io.kubehv.cni.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Whether an interface may have addresses of IPv6 (Documentation/networking/ip-sysctl.rst: disable_ipv6). */
public final class Ipv6 {
    private static final String ALLOWED = "0";

    private Ipv6() {}

    /**
     * Lets the interface have them, where the node's own default is that new ones have none.
     *
     * @param namespace where the interface is; empty: in that of this program
     * @throws IOException the kernel has no IPv6 at all, or does not let it be set
     */
    public static void allow(Optional<NetworkNamespace> namespace, String link) throws IOException {
        if (namespace.isPresent()) {
            // The files of settings are those of the namespace that the thread is in.
            boolean _ = namespace.get().within(() -> allow(link));
        } else {
            boolean _ = allow(link);
        }
    }

    private static boolean allow(String link) throws IOException {
        Path setting = Path.of("/proc/sys/net/ipv6/conf", link, "disable_ipv6");
        try {
            boolean allowed = Files.readString(setting).strip().equals(ALLOWED);
            if (!allowed) {
                Files.writeString(setting, ALLOWED);
            }
            return allowed;
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "the kernel has no IPv6 for " + link
                            + ": remove the switch's subnet of IPv6, or boot the node with it",
                    e);
        }
    }
}
