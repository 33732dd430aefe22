package io.kubehv.csi.state;

/** How a volume is given to pods, fixed when it is made: a mount, or a block device. */
public enum AccessType {
    MOUNT,
    BLOCK
}
