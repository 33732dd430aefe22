package io.kubehv.csi.node;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.DeviceNode;
import io.kubehv.csi.linux.GroupAccess;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.state.Hypervisor;
import io.kubehv.csi.state.VolumeDirectory;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Gives a staged volume to a pod, and takes it away. */
final class VolumePublisher {
    private final VolumeStore store;
    private final VolumeMounts mounts;

    VolumePublisher(VolumeStore store, VolumeMounts mounts) {
        this.store = store;
        this.mounts = mounts;
    }

    /**
     * What the pod gets.
     *
     * @param group the group that must be able to write to a file system
     * @param alone whether no other pod may have the volume at the same time
     */
    record Publication(Path stagingPath, Path target, boolean readOnly, OptionalInt group, boolean alone) {}

    /** Publishes the volume; does nothing where that is done in the same way. */
    void publish(VolumeRecord volume, Publication publication) throws IOException {
        Path target = VolumeMounts.realPath(publication.target());
        Optional<MountPoint> present = mounts.at(volume, target);
        if (present.isPresent()) {
            finish(volume, publication, present.get());
            return;
        }
        if (mounts.isMountPoint(target)) {
            throw new CsiException.AlreadyExists("something else is mounted at " + target);
        }
        if (publication.alone()) {
            requireNoOther(volume, publication);
        }
        grantAccess(volume, publication);
        bind(volume, publication, target);
    }

    /** A mount that is there may be of a call that was cut off: what belongs to it is done again. */
    private static void finish(VolumeRecord volume, Publication publication, MountPoint present) throws IOException {
        if (publication.readOnly() && !present.readOnly() && isOnlyOneAt(present.target())) {
            Mounts.makeReadOnly(present.target());
        } else if (present.readOnly() != publication.readOnly()) {
            throw new CsiException.AlreadyExists(
                    volume.id() + " is published at " + present.target() + " with another readonly flag");
        }
        grantAccess(volume, publication);
    }

    private static boolean isOnlyOneAt(Path target) throws IOException {
        return MountTable.read().allAt(target).size() == 1;
    }

    /** At the staging path, so that it is done before a pod can see the volume. */
    private static void grantAccess(VolumeRecord volume, Publication publication) throws IOException {
        if (volume.isPublishedAsFileSystem()
                && !publication.readOnly()
                && publication.group().isPresent()) {
            GroupAccess.grant(publication.stagingPath(), publication.group().getAsInt());
        }
    }

    private void requireNoOther(VolumeRecord volume, Publication publication) throws IOException {
        Path staging = VolumeMounts.realPath(publication.stagingPath());
        List<MountPoint> others = mounts.of(volume).stream()
                .filter(mount -> !mount.target().equals(staging))
                .toList();
        if (!others.isEmpty()) {
            throw new CsiException.FailedPrecondition(volume.id() + " is for a single writer, and is published at "
                    + others.getFirst().target());
        }
    }

    private void bind(VolumeRecord volume, Publication publication, Path target) throws IOException {
        boolean committed = false;
        try {
            Mounts.bind(prepare(volume, publication, target), target, publication.readOnly());
            committed = true;
        } finally {
            if (!committed) {
                unpublish(target);
            }
        }
    }

    /** Makes what is mounted over; returns what is mounted. */
    private Path prepare(VolumeRecord volume, Publication publication, Path target) throws IOException {
        if (volume.isPublishedAsFileSystem()) {
            Files.createDirectories(target);
            return publication.stagingPath();
        }
        if (volume.isPublishedAsFile()) {
            Files.createDirectories(target);
            return store.directory(volume.id()).contents();
        }
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (Files.notExists(target)) {
            Files.createFile(target);
        }
        // After a restart of the node the device is not attached any more, though the volume counts as staged.
        VolumeDirectory files = store.directory(volume.id());
        DeviceNode.create(files.device(), LoopDevices.attach(files.image()), Hypervisor.GROUP);
        return files.device();
    }

    /** Takes the volume from the pod and removes the path; fine where that is done. */
    void unpublish(Path target) throws IOException {
        Mounts.unmount(VolumeMounts.realPath(target));
        Files.deleteIfExists(target);
    }
}
