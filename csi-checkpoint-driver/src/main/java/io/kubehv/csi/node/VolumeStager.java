package io.kubehv.csi.node;

import io.kubehv.csi.controller.Capabilities;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevice;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.state.StagingRecord;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Makes a volume ready on the node, once for all pods that use it, and takes that back. */
final class VolumeStager {
    private final VolumeStore store;
    private final VolumeMounts mounts;

    VolumeStager(VolumeStore store, VolumeMounts mounts) {
        this.store = store;
        this.mounts = mounts;
    }

    /** Stages the volume; does nothing where that is done. */
    void stage(VolumeRecord volume, Path stagingPath, Capabilities capabilities, List<String> mountOptions)
            throws IOException {
        requireFit(volume, capabilities, isStaged(volume, stagingPath));
        finishGrowth(volume);
        if (volume.isPublishedAsFileSystem()) {
            // The mount itself says that it is staged.
            mount(volume, stagingPath, mountOptions);
            fill(volume, stagingPath);
            return;
        }
        if (!volume.isPublishedAsFile()) {
            LoopDevices.attach(store.directory(volume.id()).image());
        }
        store.stage(volume.id(), new StagingRecord(stagingPath.toString()));
    }

    /** Whether the volume is staged at that path, now, after whatever restarts there were. */
    boolean isStaged(VolumeRecord volume, Path stagingPath) throws IOException {
        if (volume.isPublishedAsFileSystem()) {
            return mounts.at(volume, stagingPath).isPresent();
        }
        Optional<StagingRecord> staging = store.staging(volume.id());
        return staging.isPresent() && staging.get().path().equals(stagingPath.toString());
    }

    /** A volume is what it was made as: it can't be staged as something else. */
    static void requireFit(VolumeRecord volume, Capabilities capabilities, boolean inUse) {
        FileSystemType wanted = capabilities.fileSystemType();
        boolean otherFileSystem =
                volume.isPublishedAsFileSystem() && wanted != null && wanted != volume.fileSystemType();
        if (capabilities.accessType() == volume.accessType() && !otherFileSystem) {
            return;
        }
        String message = volume.id() + " was made for access type " + volume.accessType() + " and file system "
                + volume.fileSystemType() + ", not for " + capabilities.accessType() + " and " + wanted;
        throw inUse ? new CsiException.AlreadyExists(message) : new CsiException.InvalidRequest(message);
    }

    /** An expansion that was cut off has promised a size that the file does not have yet. */
    private void finishGrowth(VolumeRecord volume) throws IOException {
        Path image = store.directory(volume.id()).image();
        if (FileStatus.of(image).size() < volume.sizeBytes()) {
            SparseFile.resize(image, volume.sizeBytes());
        }
    }

    private void mount(VolumeRecord volume, Path stagingPath, List<String> options) throws IOException {
        if (mounts.at(volume, stagingPath).isPresent()) {
            return;
        }
        if (mounts.isMountPoint(stagingPath)) {
            throw new CsiException.FailedPrecondition("something else is mounted at " + stagingPath);
        }
        Files.createDirectories(stagingPath);
        FileSystemType type = Objects.requireNonNull(volume.fileSystemType());
        boolean mountedElsewhere = !mounts.of(volume).isEmpty();
        LoopDevices.attachWhileUsed(store.directory(volume.id()).image(), device -> {
            if (!mountedElsewhere) {
                type.prepare(device);
            }
            Mounts.mount(device, stagingPath, type, options);
        });
    }

    /** Makes the file system as large as its volume, also where a call that was cut off has mounted it. */
    private void fill(VolumeRecord volume, Path stagingPath) throws IOException {
        FileSystemType type = Objects.requireNonNull(volume.fileSystemType());
        Optional<LoopDevice> device = mounts.deviceOf(volume);
        if (type.growsAfterMount() && device.isPresent()) {
            LoopDevices.refreshSize(device.get());
            type.grow(device.get(), stagingPath);
        }
    }

    /** Takes staging back; fine where nothing is staged, and where the volume is gone. */
    void unstage(Optional<VolumeRecord> volume, Path stagingPath) throws IOException {
        Mounts.unmount(VolumeMounts.realPath(stagingPath));
        if (volume.isEmpty()) {
            return;
        }
        VolumeRecord known = volume.get();
        Path image = store.directory(known.id()).image();
        if (known.isPublishedAsFileSystem()) {
            if (mounts.of(known).isEmpty()) {
                LoopDevices.awaitDetached(image);
            }
            return;
        }
        if (!known.isPublishedAsFile()) {
            if (!mounts.of(known).isEmpty()) {
                throw new CsiException.FailedPrecondition(known.id() + " is still published");
            }
            LoopDevices.detach(image);
            LoopDevices.awaitDetached(image);
        }
        store.unstage(known.id());
    }
}
