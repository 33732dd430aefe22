package io.kubehv.csi.state;

import java.nio.file.Path;

/**
 * The files of one volume.
 *
 * <pre>
 * volumes/ID/meta.json           what the volume is; there once the directory is
 * volumes/ID/staged.json         where it is staged; made with the volume, so that staging needs no room
 * volumes/ID/device              the node that pods get where they use the volume as a block device
 * volumes/ID/contents/disk.img   the data
 * </pre>
 */
public record VolumeDirectory(Path path) {
    /** The volume's metadata. */
    public Path metadata() {
        return path.resolve("meta.json");
    }

    /** Where the volume is staged. */
    public Path staging() {
        return path.resolve("staged.json");
    }

    /** The volume's device node. */
    public Path device() {
        return path.resolve("device");
    }

    /** The directory that holds nothing but the data, so that it can be mounted into a pod as it is. */
    public Path contents() {
        return path.resolve("contents");
    }

    /** The data. */
    public Path image() {
        return contents().resolve("disk.img");
    }
}
