package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Mounts and unmounts. */
public final class Mounts {
    private Mounts() {}

    /** Mounts a device's file system. By mount(8), as options are the user's and it knows them all. */
    public static void mount(LoopDevice device, Path target, FileSystemType type, List<String> options)
            throws IOException {
        List<String> all = new ArrayList<>(type.mountOptions());
        all.addAll(options);
        Command.run(
                "mount",
                "-t",
                type.kernelName(),
                "-o",
                String.join(",", all),
                device.path().toString(),
                target.toString());
    }

    /** Makes a file or directory appear at the target too. */
    public static void bind(Path source, Path target, boolean readOnly) throws IOException {
        call(source, target, LinuxLibc.MS_BIND);
        if (!readOnly) {
            return;
        }
        boolean sealed = false;
        try {
            makeReadOnly(target);
            sealed = true;
        } finally {
            // A volume that was asked for read-only is never left writable.
            if (!sealed) {
                unmount(target);
            }
        }
    }

    /** Closes the mount at the target to writers; the file system's other mounts stay as they are. */
    public static void makeReadOnly(Path target) throws IOException {
        call(target, target, LinuxLibc.MS_BIND | LinuxLibc.MS_REMOUNT | LinuxLibc.MS_RDONLY);
    }

    private static void call(Path source, Path target, long flags) throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.mount(source.toString(), target.toString(), "none", new NativeLong(flags), null);
        } catch (LastErrorException e) {
            throw new SystemCallException("mount " + source + " at " + target, e);
        }
    }

    /** Takes away everything that is mounted at the target; fine where nothing is. */
    public static void unmount(Path target) throws IOException {
        while (MountTable.read().at(target).isPresent()) {
            try {
                LinuxLibc.INSTANCE.umount2(target.toString(), 0);
            } catch (LastErrorException e) {
                // Another has unmounted it meanwhile; the table says whether more is there.
                if (e.getErrorCode() != LinuxLibc.EINVAL) {
                    throw new SystemCallException("umount " + target, e);
                }
            }
        }
    }

    /** Writes out what the file system that is mounted there holds in memory. */
    public static void sync(Path target) throws IOException {
        try (OpenFile directory = OpenFile.forReading(target)) {
            directory.syncFileSystem();
        }
    }
}
