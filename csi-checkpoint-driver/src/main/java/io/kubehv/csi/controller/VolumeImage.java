package io.kubehv.csi.controller;

import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.state.Hypervisor;
import io.kubehv.csi.state.VolumeDirectory;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;

/** How a new volume's {@code disk.img} comes to be. */
final class VolumeImage {
    private VolumeImage() {}

    /** A file of holes, with a file system where the volume has one: it is made here, so that it is made once. */
    static VolumeStore.Filler empty(VolumeRecord volume) {
        return directory -> {
            SparseFile.create(directory.image(), volume.sizeBytes());
            FileSystemType type = volume.fileSystemType();
            if (type != null) {
                type.format(directory.image());
            }
            own(volume, directory);
        };
    }

    /** The bytes of that file, and holes where the volume is bigger. */
    static VolumeStore.Filler copy(VolumeRecord volume, Path source, Pool.Mode mode) {
        return directory -> {
            ImageCopy.make(source, directory.image(), volume.sizeBytes(), mode);
            own(volume, directory);
        };
    }

    /** A VM's disk belongs to its hypervisor; what is mounted or attached by the driver belongs to root. */
    private static void own(VolumeRecord volume, VolumeDirectory directory) throws IOException {
        if (volume.isPublishedAsFile()) {
            SparseFile.giveTo(directory.image(), Hypervisor.USER, Hypervisor.GROUP);
            SparseFile.makeListable(directory.contents());
        }
    }
}
