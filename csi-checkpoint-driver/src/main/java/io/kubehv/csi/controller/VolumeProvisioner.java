package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileStatus;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeLocks;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.time.Clock;
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
    private final PoolCapacity capacity;
    private final VolumeLocks locks;
    private final VolumeUse use;
    private final Clock clock;

    /** Whether a volume is in use on this node; the node service knows. */
    public interface VolumeUse {
        /** Something that uses the volume, for a message; empty if nothing does. */
        Optional<String> userOf(VolumeRecord volume) throws IOException;

        /** Brings what users of the volume have written into its file. */
        void flush(VolumeRecord volume) throws IOException;
    }

    public VolumeProvisioner(
            String node,
            Pool pool,
            VolumeStore store,
            PoolCapacity capacity,
            VolumeLocks locks,
            VolumeUse use,
            Clock clock) {
        this.node = node;
        this.pool = pool;
        this.store = store;
        this.capacity = capacity;
        this.locks = locks;
        this.use = use;
        this.clock = clock;
    }

    /** The volume of that name: made now, or found if it is what the request asks for. */
    VolumeRecord provision(VolumeRequest request) throws IOException {
        VolumeId id = VolumeId.of(node, request.name());
        try (VolumeLocks.Held _ = locks.exclusively(id)) {
            Optional<VolumeRecord> present = store.find(id);
            if (present.isPresent()) {
                if (!request.isSatisfiedBy(present.get())) {
                    throw new CsiException.AlreadyExists(
                            "volume " + request.name() + " exists with another size, source or kind");
                }
                return present.get();
            }
            return request.sourceId() == null ? createEmpty(id, request) : createClone(id, request, request.sourceId());
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
        VolumeRecord volume = record(id, request, size, type, null);
        try (PoolCapacity.Reservation _ = capacity.reserve(size)) {
            store.create(volume, VolumeImage.empty(volume));
        }
        return volume;
    }

    private VolumeRecord createClone(VolumeId id, VolumeRequest request, String sourceName) throws IOException {
        VolumeRecord source = VolumeId.parse(sourceName)
                .flatMap(store::find)
                .orElseThrow(() -> sourceIsElsewhere(request, sourceName));
        if (request.needsFileSystem() != source.isPublishedAsFileSystem()) {
            throw new CsiException.InvalidRequest(
                    "a clone is what its source is: a file system, or a raw disk; " + source.id() + " is the other");
        }
        if (request.fileSystemType() != null
                && request.needsFileSystem()
                && request.fileSystemType() != source.fileSystemType()) {
            throw new CsiException.InvalidRequest("a clone has its source's file system");
        }
        try (VolumeLocks.Held _ = locks.shared(source.id())) {
            if (pool.mode() == Pool.Mode.COPY) {
                requireUnused(source);
            }
            use.flush(source);
            return copy(id, request, source);
        }
    }

    /** A copy takes its time, and of a volume that is written meanwhile it has some of each moment. */
    private void requireUnused(VolumeRecord source) throws IOException {
        Optional<String> user = use.userOf(source);
        if (user.isPresent()) {
            throw new CsiException.FailedPrecondition("the pool of this node has no reflinks, so only a volume that is"
                    + " not in use can be cloned; of " + source.id() + ": " + user.get());
        }
    }

    private VolumeRecord copy(VolumeId id, VolumeRequest request, VolumeRecord source) throws IOException {
        long size = CapacityRanges.choose(request.capacity(), source.sizeBytes());
        VolumeRecord volume = record(id, request, size, source.fileSystemType(), source.id());
        long shared = pool.mode() == Pool.Mode.REFLINK
                ? FileStatus.of(store.directory(source.id()).image()).allocatedBytes()
                : 0;
        try (PoolCapacity.Reservation _ = capacity.reserve(Math.max(0, size - shared))) {
            store.create(volume, VolumeImage.copy(volume, store.directory(source.id()), pool.mode()));
        }
        return volume;
    }

    /**
     * The provisioner asks on the node that the scheduler has chosen. Where the source is on another, "no room here" has
     * the scheduler choose again; "not found" would be asked of this node for ever.
     */
    private CsiException sourceIsElsewhere(VolumeRequest request, String source) {
        String message = "volume " + source + ", which is to be cloned, is not on node " + node;
        return request.placed() ? new CsiException.NoSpace(message, null) : new CsiException.NotFound(message);
    }

    private VolumeRecord record(
            VolumeId id, VolumeRequest request, long size, @Nullable FileSystemType type, @Nullable VolumeId source) {
        return new VolumeRecord(
                id,
                request.name(),
                size,
                request.contents(),
                request.accessType(),
                type,
                source,
                clock.instant().toString(),
                request.claim());
    }

    /** Deletes a volume; fine where it is not there. */
    void delete(VolumeId id) throws IOException {
        try (VolumeLocks.Held _ = locks.exclusively(id)) {
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
