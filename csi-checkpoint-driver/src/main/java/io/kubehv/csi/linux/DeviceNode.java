package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Block device nodes outside /dev. */
public final class DeviceNode {
    private static final int MODE = LinuxLibc.S_IFBLK | 0600;

    private DeviceNode() {}

    /** Makes a node for the loop device at the path, for root alone; one that is there and is right stays. */
    public static void create(Path path, LoopDevice device) throws IOException {
        if (isNodeOf(path, device)) {
            return;
        }
        Files.deleteIfExists(path);
        make(path, device);
    }

    /** As {@link #create}, and lets a group read and write the device. */
    public static void create(Path path, LoopDevice device, int group) throws IOException {
        create(path, device);
        Files.setAttribute(path, "unix:gid", group);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    }

    private static boolean isNodeOf(Path path, LoopDevice device) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getAttribute(path, "unix:rdev", LinkOption.NOFOLLOW_LINKS)
                        .equals(numberOf(device));
    }

    private static void make(Path path, LoopDevice device) throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.mknod(path.toString(), MODE, numberOf(device));
        } catch (LastErrorException e) {
            // Another, of a node that shares our /dev, was faster and made the same.
            if (e.getErrorCode() != LinuxLibc.EEXIST) {
                throw new SystemCallException("mknod " + path, e);
            }
        }
    }

    private static long numberOf(LoopDevice device) {
        return FileStatus.encodeDevice(LinuxLibc.LOOP_MAJOR, device.number());
    }
}
