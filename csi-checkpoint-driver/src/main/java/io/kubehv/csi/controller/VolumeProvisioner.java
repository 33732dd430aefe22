package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.state.PoolId;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.SnapshotId;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes and deletes volumes. Each operation can be repeated, and killed at any point. */
public final class VolumeProvisioner {
    /** A disk below this is a mistake of someone who meant megabytes. */
    private static final long MINIMUM_BYTES = 1L << 20;

    private final String node;
    private final Pool pool;
    private final VolumeStore store;
    private final SnapshotStore snapshots;
    private final PoolCapacity capacity;
    private final PoolLocks locks;
    private final VolumeUse use;
    private final Clock clock;

    public VolumeProvisioner(
            String node,
            Pool pool,
            VolumeStore store,
            SnapshotStore snapshots,
            PoolCapacity capacity,
            PoolLocks locks,
            VolumeUse use,
            Clock clock) {
        this.node = node;
        this.pool = pool;
        this.store = store;
        this.snapshots = snapshots;
        this.capacity = capacity;
        this.locks = locks;
        this.use = use;
        this.clock = clock;
    }

    /** The volume of that name: made now, or found if it is what the request asks for. */
    VolumeRecord provision(VolumeRequest request) throws IOException {
        VolumeId id = VolumeId.of(node, request.name());
        try (PoolLocks.Held _ = locks.exclusively(id)) {
            Optional<VolumeRecord> present = store.find(id);
            if (present.isPresent()) {
                if (!request.isSatisfiedBy(present.get())) {
                    throw new CsiException.AlreadyExists(
                            "volume " + request.name() + " exists with another size, source or kind");
                }
                return present.get();
            }
            return switch (request.source()) {
                case null -> createEmpty(id, request);
                case VolumeRequest.Source.OfVolume source -> createClone(id, request, source.id());
                case VolumeRequest.Source.OfSnapshot source -> restore(id, request, source.id());
            };
        }
    }

    private VolumeRecord createEmpty(VolumeId id, VolumeRequest request) throws IOException {
        FileSystemType type = null;
        long size = CapacityRanges.choose(request.capacity(), MINIMUM_BYTES);
        if (request.needsFileSystem()) {
            type = Objects.requireNonNullElseGet(request.fileSystemType(), () -> FileSystemType.bestFor(size));
            if (size < type.minimumBytes()) {
                throw new CsiException.OutOfRange(type.kernelName() + " needs " + type.minimumBytes() + " bytes, and "
                        + size + " were asked for");
            }
        }
        VolumeRecord volume = record(id, request, size, type, null, null);
        try (PoolCapacity.Reservation _ = capacity.reserve(size)) {
            store.create(volume, VolumeImage.empty(volume));
        }
        return volume;
    }

    private VolumeRecord createClone(VolumeId id, VolumeRequest request, String sourceName) throws IOException {
        VolumeRecord source = VolumeId.parse(sourceName)
                .flatMap(store::find)
                .orElseThrow(() -> sourceIsElsewhere(request, "volume " + sourceName + ", which is to be cloned,"));
        requireSameKind(request, source.id(), source.isPublishedAsFileSystem(), source.fileSystemType());
        try (PoolLocks.Held _ = locks.shared(source.id())) {
            ImageCopy.requireUnused(source, use, pool.mode());
            use.flush(source);
            long size = CapacityRanges.choose(request.capacity(), source.sizeBytes());
            VolumeRecord volume = record(id, request, size, source.fileSystemType(), source.id(), null);
            return copy(volume, store.directory(source.id()).image());
        }
    }

    private VolumeRecord restore(VolumeId id, VolumeRequest request, String sourceName) throws IOException {
        SnapshotRecord source = SnapshotId.parse(sourceName)
                .flatMap(snapshots::find)
                .orElseThrow(() -> sourceIsElsewhere(request, "snapshot " + sourceName));
        requireSameKind(request, source.id(), source.isOfFileSystem(), source.fileSystemType());
        try (PoolLocks.Held _ = locks.shared(source.id())) {
            long size = CapacityRanges.choose(request.capacity(), source.sizeBytes());
            VolumeRecord volume = record(id, request, size, source.fileSystemType(), null, source.id());
            return copy(volume, snapshots.directory(source).image());
        }
    }

    private static void requireSameKind(
            VolumeRequest request, PoolId source, boolean isFileSystem, @Nullable FileSystemType type) {
        if (request.needsFileSystem() != isFileSystem) {
            throw new CsiException.InvalidRequest("a copy is what its source is: a file system, or a raw disk (class"
                    + " kubehv-disk, or volumeMode Block); " + source + " is the other");
        }
        if (request.fileSystemType() != null && request.needsFileSystem() && request.fileSystemType() != type) {
            throw new CsiException.InvalidRequest("a copy has its source's file system");
        }
    }

    private VolumeRecord copy(VolumeRecord volume, Path source) throws IOException {
        long shared = pool.mode() == Pool.Mode.REFLINK ? FileStatus.of(source).allocatedBytes() : 0;
        try (PoolCapacity.Reservation _ = capacity.reserve(Math.max(0, volume.sizeBytes() - shared))) {
            store.create(volume, VolumeImage.copy(volume, source, pool.mode()));
        }
        return volume;
    }

    /**
     * The provisioner asks on the node that the scheduler has chosen. Where the source is on another, "no room here" has
     * the scheduler choose again; "not found" would be asked of this node for ever.
     */
    private CsiException sourceIsElsewhere(VolumeRequest request, String source) {
        String message = source + " is not on node " + node;
        return request.placed() ? new CsiException.NoSpace(message, null) : new CsiException.NotFound(message);
    }

    private VolumeRecord record(
            VolumeId id,
            VolumeRequest request,
            long size,
            @Nullable FileSystemType type,
            @Nullable VolumeId source,
            @Nullable SnapshotId snapshot) {
        return new VolumeRecord(
                id,
                request.name(),
                size,
                request.contents(),
                request.accessType(),
                type,
                source,
                clock.instant().toString(),
                request.claim(),
                snapshot,
                List.of());
    }

    /** Deletes a volume; fine where it is not there. */
    void delete(VolumeId id) throws IOException {
        try (PoolLocks.Held _ = locks.exclusively(id)) {
            Optional<VolumeRecord> volume = store.find(id);
            if (volume.isPresent()) {
                Optional<String> user = use.userOf(volume.get());
                if (user.isPresent()) {
                    throw new CsiException.FailedPrecondition(id + " is in use: " + user.get());
                }
            }
            store.delete(id);
        }
    }
}
