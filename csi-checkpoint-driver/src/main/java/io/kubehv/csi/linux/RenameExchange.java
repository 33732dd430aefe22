package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;

/** Two names of one file system that change places at once, renameat2(2): nobody sees one of them missing. */
public final class RenameExchange {
    private RenameExchange() {}

    /** What one path named, the other names from now on; both exist. For now in memory only. */
    public static void between(Path one, Path other) throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.renameat2(
                    LinuxLibc.AT_FDCWD,
                    one.toString(),
                    LinuxLibc.AT_FDCWD,
                    other.toString(),
                    LinuxLibc.RENAME_EXCHANGE);
        } catch (LastErrorException e) {
            throw new SystemCallException("exchange " + one + " and " + other, e);
        }
    }
}
