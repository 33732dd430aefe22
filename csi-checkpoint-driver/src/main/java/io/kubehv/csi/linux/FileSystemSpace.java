package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;

/**
 * A file system's room, as statvfs(3) gives it.
 *
 * @param totalBytes all of it
 * @param usedBytes what files and the file system itself occupy
 * @param availableBytes what an unprivileged writer can still get
 */
public record FileSystemSpace(
        long totalBytes, long usedBytes, long availableBytes, long totalInodes, long usedInodes, long freeInodes) {
    private static final int STRUCT_STATVFS_BYTES = 112;

    /** The room of the file system that holds the path. */
    public static FileSystemSpace of(Path path) throws SystemCallException {
        try (Memory buffer = new Memory(STRUCT_STATVFS_BYTES)) {
            LinuxLibc.INSTANCE.statvfs(path.toString(), buffer);
            long fragment = buffer.getLong(8);
            long blocks = buffer.getLong(16);
            long free = buffer.getLong(24);
            long available = buffer.getLong(32);
            long inodes = buffer.getLong(40);
            long freeInodes = buffer.getLong(48);
            return new FileSystemSpace(
                    blocks * fragment,
                    (blocks - free) * fragment,
                    available * fragment,
                    inodes,
                    inodes - freeInodes,
                    freeInodes);
        } catch (LastErrorException e) {
            throw new SystemCallException("statvfs " + path, e);
        }
    }
}
