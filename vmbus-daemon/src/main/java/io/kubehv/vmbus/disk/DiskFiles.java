package io.kubehv.vmbus.disk;

import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.vmbus.files.MountPoints;
import io.kubehv.vmbus.files.PodDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Where disks' files are on the node.
 *
 * @param pods the kubelet's directory of pods
 */
public record DiskFiles(Path pods, MountPoints mounts) {
    private static final String IMAGE = "disk.img";

    /** Opens the disk's file on the volume of a pod that has no other. */
    OpenFile open(Attachment attachment, boolean readOnly) throws IOException {
        return OpenFile.of(image(attachment.podUid()), readOnly);
    }

    /** The size of the disk's file on the volume of a pod that has no other. */
    long size(String podUid) throws IOException {
        return Files.readAttributes(image(podUid), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .size();
    }

    /** The sizes of the disks' files that a pod has: volumes' directories don't tell which is which. */
    List<Long> sizes(String podUid) throws IOException {
        List<Long> sizes = new ArrayList<>();
        for (Path volume : new PodDirectory(pods, podUid).volumes()) {
            Path image = volume.resolve(IMAGE);
            if (Files.isRegularFile(image, LinkOption.NOFOLLOW_LINKS)) {
                sizes.add(Files.size(image));
            }
        }
        Collections.sort(sizes);
        return sizes;
    }

    private Path image(String podUid) throws IOException {
        List<Path> volumes = new PodDirectory(pods, podUid).volumes();
        if (volumes.size() != 1) {
            throw new IOException(
                    volumes.isEmpty()
                            ? "its volume is not a file system, and only those can be attached to a running VM; restart the VM"
                            : "the pod for it has " + volumes.size() + " volumes on this node");
        }
        if (!mounts.contains(volumes.getFirst())) {
            throw new IOException("its volume is not mounted at " + volumes.getFirst());
        }
        return volumes.getFirst().resolve(IMAGE);
    }
}
