package io.kubehv.cni.linux;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Makes taps: network interfaces whose other end a program reads and writes. */
public final class Tap {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    /** linux/if.h: sizeof(struct ifreq), and of the name in it. */
    private static final int IFREQ_BYTES = 40;

    private static final int IFNAMSIZ = 16;

    private static final Path DEVICE = Path.of("/dev/net/tun");

    private Tap() {}

    /**
     * Lets everybody open the device, as udev does on most nodes (50-udev-default.rules): a tap opens to its owner alone, and
     * making one takes CAP_NET_ADMIN.
     */
    public static void allowOpening() throws IOException {
        Set<PosixFilePermission> everybody = PosixFilePermissions.fromString("rw-rw-rw-");
        if (!Files.getPosixFilePermissions(DEVICE).equals(everybody)) {
            Files.setPosixFilePermissions(DEVICE, everybody);
        }
    }

    /**
     * Makes a tap in the namespace, or takes the one that is there. It stays when nobody has it open, until it or its
     * namespace is deleted.
     *
     * @param owner the only user who may open it without CAP_NET_ADMIN
     * @param multiQueue whether it may be opened several times, one time a queue
     */
    public static void make(NetworkNamespace namespace, String name, long owner, boolean multiQueue)
            throws IOException {
        try (Descriptor tap = namespace.within(() -> Descriptor.open(DEVICE.toString(), LinuxLibc.O_RDWR))) {
            int flags = LinuxLibc.IFF_TAP | LinuxLibc.IFF_NO_PI | LinuxLibc.IFF_VNET_HDR;
            set(
                    tap,
                    "TUNSETIFF " + name,
                    LinuxLibc.TUNSETIFF,
                    name,
                    multiQueue ? flags | LinuxLibc.IFF_MULTI_QUEUE : flags);
            set(tap, "TUNSETOWNER of " + name, LinuxLibc.TUNSETOWNER, owner);
            set(tap, "TUNSETPERSIST of " + name, LinuxLibc.TUNSETPERSIST, 1);
        }
    }

    private static void set(Descriptor tap, String call, long request, String name, int flags) throws LinuxException {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length >= IFNAMSIZ) {
            throw new IllegalArgumentException("an interface's name has at most 15 bytes: " + name);
        }
        try (Memory interfaceRequest = new Memory(IFREQ_BYTES)) {
            interfaceRequest.clear();
            interfaceRequest.write(0, bytes, 0, bytes.length);
            interfaceRequest.setShort(IFNAMSIZ, (short) flags);
            Descriptor.checked(call, () -> LIBC.ioctl(tap.number(), new NativeLong(request), interfaceRequest));
        }
    }

    private static void set(Descriptor tap, String call, long request, long value) throws LinuxException {
        Descriptor.checked(call, () -> LIBC.ioctl(tap.number(), new NativeLong(request), new NativeLong(value)));
    }
}
