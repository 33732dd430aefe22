package io.kubehv.csi.node;

import io.kubehv.csi.controller.VolumeUse;
import io.kubehv.csi.linux.FrozenFileSystem;
import io.kubehv.csi.linux.LoopDevice;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Where volumes are mounted, as the kernel sees it. Nothing is remembered: what another driver process mounted before
 * this one was started is seen as well.
 */
public final class VolumeMounts implements VolumeUse {
    private final VolumeStore store;

    public VolumeMounts(VolumeStore store) {
        this.store = store;
    }

    /** All places where the volume is mounted, staging included. */
    List<MountPoint> of(VolumeRecord volume) throws IOException {
        List<MountPoint> all = MountTable.read().mounts();
        if (volume.isPublishedAsFileSystem()) {
            Optional<LoopDevice> device = deviceOf(volume);
            return all.stream()
                    .filter(mount -> device.isPresent()
                            && mount.device().equals(device.get().mountinfoDevice()))
                    .toList();
        }
        // Ids are unique, so the end of the path tells: what is before it depends on where the pool is mounted.
        String root = "/volumes/" + volume.id() + (volume.isPublishedAsFile() ? "/contents" : "/device");
        return all.stream().filter(mount -> mount.root().endsWith(root)).toList();
    }

    /** The volume's mount at that path, if it is one. */
    Optional<MountPoint> at(VolumeRecord volume, Path path) throws IOException {
        Path real = realPath(path);
        return of(volume).stream().filter(mount -> mount.target().equals(real)).reduce((below, above) -> above);
    }

    /** Whether anything at all is mounted at the path. */
    boolean isMountPoint(Path path) throws IOException {
        return MountTable.read().at(realPath(path)).isPresent();
    }

    /** The loop device that the volume's data is attached to, if it is. */
    Optional<LoopDevice> deviceOf(VolumeRecord volume) throws IOException {
        Path image = store.directory(volume.id()).image();
        return Files.exists(image) ? LoopDevices.find(image) : Optional.empty();
    }

    @Override
    public Optional<String> userOf(VolumeRecord volume) throws IOException {
        List<MountPoint> mounts = of(volume);
        if (!mounts.isEmpty()) {
            return Optional.of("it is mounted at " + mounts.getFirst().target());
        }
        if (volume.isPublishedAsFile()) {
            return Optional.empty();
        }
        // Deleted now, its data would stay for as long as the device, which nobody could detach any more.
        return deviceOf(volume).map(device -> "it is attached to " + device.path() + ": staged, or mounted elsewhere");
    }

    @Override
    public Optional<String> holderOf(VolumeRecord volume) throws IOException {
        Optional<String> user = userOf(volume);
        return user.isPresent() ? user : store.staging(volume.id()).map(staging -> "it is staged at " + staging.path());
    }

    @Override
    public void flush(VolumeRecord volume) throws IOException {
        if (volume.isPublishedAsFileSystem()) {
            Optional<Path> mounted = fileSystemOf(volume);
            if (mounted.isPresent()) {
                Mounts.sync(mounted.get());
            }
        } else if (!volume.isPublishedAsFile()) {
            Optional<LoopDevice> device = deviceOf(volume);
            if (device.isPresent()) {
                LoopDevices.flush(device.get());
            }
        }
    }

    @Override
    public Quiet quiesce(VolumeRecord volume) throws IOException {
        if (!volume.isPublishedAsFileSystem()) {
            flush(volume);
            return () -> {};
        }
        Optional<Path> mounted = fileSystemOf(volume);
        Optional<FrozenFileSystem> frozen =
                mounted.isPresent() ? FrozenFileSystem.freeze(mounted.get()) : Optional.empty();
        return () -> {
            if (frozen.isPresent()) {
                frozen.get().close();
            }
        };
    }

    /** Lets the writers of volumes go on that a process left quiet which was killed; fine where they are not waiting. */
    public void release(Collection<VolumeId> volumes) throws IOException {
        for (VolumeId id : volumes) {
            Optional<VolumeRecord> volume = store.find(id);
            Optional<Path> mounted = volume.isPresent() ? fileSystemOf(volume.get()) : Optional.empty();
            if (mounted.isPresent()) {
                FrozenFileSystem.thaw(mounted.get());
            }
        }
    }

    /** Where the file system is mounted that the driver made in the volume; one of the places. */
    private Optional<Path> fileSystemOf(VolumeRecord volume) throws IOException {
        return volume.isPublishedAsFileSystem()
                ? of(volume).stream().findFirst().map(MountPoint::target)
                : Optional.empty();
    }

    /** The path as the kernel prints it: /var/lib/kubelet may be a link. */
    static Path realPath(Path path) throws IOException {
        return Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
    }
}
