package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevice;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.state.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A sparse file with an XFS in it, for a disk without reflinks. It gets its name only after it was made whole, so one
 * that has the name is mounted and never formatted.
 *
 * @param file the image
 * @param directory where it is mounted
 */
record PoolImage(Path file, Path directory) {
    boolean exists() {
        return Files.exists(file);
    }

    /** What is there before the image is. */
    Path folder() {
        return file.resolveSibling("");
    }

    boolean isMounted() throws IOException {
        if (!exists()) {
            return false;
        }
        Optional<String> device = LoopDevices.find(file).map(LoopDevice::mountinfoDevice);
        return device.isPresent()
                && MountTable.read().at(directory).map(MountPoint::device).equals(device);
    }

    void make(long bytes) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        SparseFile.create(partial, bytes);
        FileSystemType.XFS.format(partial);
        DurableFiles.sync(partial);
        DurableFiles.rename(partial, file);
    }

    void mount() throws IOException {
        LoopDevices.attachWhileUsed(
                file, device -> Mounts.mount(device, directory, FileSystemType.XFS, List.of("noatime")));
    }
}
