package io.kubehv.csi.linux;

import java.nio.file.Path;

/**
 * A block device whose content is a file.
 *
 * @param number the N of /dev/loopN
 */
public record LoopDevice(int number) {
    /** The device node. */
    public Path path() {
        return Path.of("/dev/loop" + number);
    }

    /** The device's number as /proc/self/mountinfo prints it. */
    public String mountinfoDevice() {
        return "7:" + number;
    }
}
