package io.kubehv.cni.linux;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/** What an interface tells of its speed (linux/ethtool.h: ETHTOOL_GSET). */
public final class LinkSpeed {
    private static final int IFREQ_BYTES = 40;
    private static final int DATA_OFFSET = 16;
    private static final int ETHTOOL_GSET = 1;
    private static final int COMMAND_BYTES = 44;
    private static final int SPEED_OFFSET = 12;
    private static final int SPEED_HIGH_OFFSET = 28;
    private static final int SPEED_UNKNOWN = -1;
    private static final long MEGABIT = 1_000_000;

    private LinkSpeed() {}

    /**
     * In bits a second; empty where the interface does not know, as many virtual ones.
     *
     * @param namespace the interface's; empty: this program's
     */
    public static OptionalLong of(Optional<NetworkNamespace> namespace, String link) throws IOException {
        try (Descriptor socket = namespace.isPresent() ? namespace.get().within(LinkSpeed::socket) : socket();
                Memory request = new Memory(IFREQ_BYTES);
                Memory command = new Memory(COMMAND_BYTES)) {
            request.clear();
            command.clear();
            request.setString(0, link, StandardCharsets.US_ASCII.name());
            request.setLong(DATA_OFFSET, Pointer.nativeValue(command));
            command.setInt(0, ETHTOOL_GSET);
            Descriptor.checked(
                    "SIOCETHTOOL " + link,
                    () -> LinuxLibc.INSTANCE.ioctl(socket.number(), new NativeLong(LinuxLibc.SIOCETHTOOL), request));
            int high = Short.toUnsignedInt(command.getShort(SPEED_HIGH_OFFSET));
            int megabits = high << 16 | Short.toUnsignedInt(command.getShort(SPEED_OFFSET));
            return megabits == SPEED_UNKNOWN || megabits <= 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(megabits * MEGABIT);
        } catch (LinuxException e) {
            // One that can't be asked does not know.
            return OptionalLong.empty();
        }
    }

    private static Descriptor socket() throws LinuxException {
        return Descriptor.socket(LinuxLibc.AF_INET, LinuxLibc.SOCK_DGRAM, 0);
    }
}
