package io.kubehv.vmbus.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a directory is a mount. A volume's directory exists before the volume is mounted on it, and stays an empty
 * directory of the node's own disk for a daemon that mounts don't propagate to.
 */
@FunctionalInterface
public interface MountPoints {
    boolean contains(Path directory) throws IOException;

    /** What the kernel says of this process's mounts. */
    static MountPoints ofKernel() {
        return directory -> {
            // The fifth field, with octal escapes for blanks; names in a pod's directory have none.
            String mountPoint = " " + directory + " ";
            try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
                return lines.anyMatch(line -> line.contains(mountPoint));
            }
        };
    }
}
