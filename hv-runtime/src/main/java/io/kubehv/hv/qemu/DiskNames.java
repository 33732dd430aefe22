package io.kubehv.hv.qemu;

/**
 * What the parts of disks and DVD drives are called in QEMU. The same for those of the command line and those that come
 * later, so that who asks QEMU finds both.
 */
public final class DiskNames {
    private static final String DISK = "disk-";
    private static final String DVD = "dvd-";

    /** What virtio-blk has room for. */
    private static final int SERIAL_LENGTH = 20;

    private DiskNames() {}

    /** The node of a disk's file or device. */
    public static String disk(String name) {
        return DISK + name;
    }

    /** The node of what is in a DVD drive. */
    public static String medium(String drive) {
        return DVD + drive;
    }

    /** The device that the guest sees, of a disk's or medium's node. */
    public static String device(String node) {
        return node + "-device";
    }

    /** The limits of a disk. */
    public static String limits(String node) {
        return node + "-qos";
    }

    /** The node between a disk and its device that keeps its limits. */
    public static String limited(String node) {
        return node + "-limited";
    }

    /** The serial number by which the guest knows the disk. */
    public static String serial(String name) {
        return name.length() > SERIAL_LENGTH ? name.substring(0, SERIAL_LENGTH) : name;
    }
}
