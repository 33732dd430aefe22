package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;

/**
 * What statx(2) says of a file. Java's own attributes lack the blocks, and the blocks are what a sparse disk costs.
 *
 * @param device the file system's device, encoded as the loop driver reports it
 * @param inode the file's number on it
 * @param size the apparent size in bytes
 * @param allocatedBytes the bytes that the file occupies, shared ones included
 */
public record FileStatus(long device, long inode, long size, long allocatedBytes) {
    private static final int STRUCT_STATX_BYTES = 256;
    private static final int BLOCK_UNIT = 512;

    /** The status of a file, without following a last symbolic link. */
    public static FileStatus of(Path path) throws SystemCallException {
        try (Memory buffer = new Memory(STRUCT_STATX_BYTES)) {
            LinuxLibc.INSTANCE.statx(
                    LinuxLibc.AT_FDCWD,
                    path.toString(),
                    LinuxLibc.AT_SYMLINK_NOFOLLOW,
                    LinuxLibc.STATX_BASIC_STATS,
                    buffer);
            return new FileStatus(
                    encodeDevice(buffer.getInt(136), buffer.getInt(140)),
                    buffer.getLong(32),
                    buffer.getLong(40),
                    buffer.getLong(48) * BLOCK_UNIT);
        } catch (LastErrorException e) {
            throw new SystemCallException("statx " + path, e);
        }
    }

    /** The kernel's new_encode_dev (linux/kdev_t.h), which loop(4) reports as lo_device. */
    static long encodeDevice(int major, int minor) {
        return (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
    }
}
