package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.SnapshotId;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives a volume the data of a snapshot in place of its own, which CSI has no call for. Asked for by two mutable
 * parameters of ControllerModifyVolume: which snapshot, and a token that is this one time's name. What has the same token
 * is the same request again, and does nothing: what was written since stays.
 */
public final class VolumeReverter {
    /** Which snapshot. */
    static final String SNAPSHOT_KEY = "kubehv.io/revert-to-snapshot";

    /** The name of this one time. */
    static final String TOKEN_KEY = "kubehv.io/revert-token";

    private static final int TOKEN_LENGTH = 128;

    private final Pool pool;
    private final VolumeStore volumes;
    private final SnapshotStore snapshots;
    private final PoolCapacity capacity;
    private final PoolLocks locks;
    private final VolumeUse use;

    public VolumeReverter(
            Pool pool,
            VolumeStore volumes,
            SnapshotStore snapshots,
            PoolCapacity capacity,
            PoolLocks locks,
            VolumeUse use) {
        this.pool = pool;
        this.volumes = volumes;
        this.snapshots = snapshots;
        this.capacity = capacity;
        this.locks = locks;
        this.use = use;
    }

    /** The revert that the parameters ask for, if they do. */
    static Optional<VolumeRecord.Revert> asked(Map<String, String> parameters) {
        String snapshot = parameters.get(SNAPSHOT_KEY);
        String token = parameters.get(TOKEN_KEY);
        if (snapshot == null && token == null) {
            return Optional.empty();
        }
        if (snapshot == null || token == null || parameters.size() != 2) {
            throw new CsiException.InvalidRequest("a revert has the two parameters " + SNAPSHOT_KEY + " and "
                    + TOKEN_KEY + ", and no others; there were " + parameters.keySet());
        }
        if (token.isEmpty() || token.length() > TOKEN_LENGTH) {
            throw new CsiException.InvalidRequest(
                    TOKEN_KEY + " has 1 to " + TOKEN_LENGTH + " characters, for example a UID");
        }
        SnapshotId id = SnapshotId.parse(snapshot)
                .orElseThrow(() ->
                        new CsiException.InvalidRequest(SNAPSHOT_KEY + " \"" + snapshot + "\" is no snapshot's id"));
        return Optional.of(new VolumeRecord.Revert(token, id));
    }

    /** Reverts the volume; does nothing where that was done under this token. */
    void revert(VolumeId id, VolumeRecord.Revert revert) throws IOException {
        try (PoolLocks.Held _ = locks.exclusively(id)) {
            VolumeRecord volume = volumes.find(id).orElseThrow(() -> new CsiException.NotFound(id + " is not here"));
            if (isDone(volume, revert)) {
                return;
            }
            try (PoolLocks.Held _ = locks.shared(revert.snapshot())) {
                SnapshotRecord snapshot = snapshots
                        .find(revert.snapshot())
                        .orElseThrow(() -> new CsiException.NotFound(
                                "snapshot " + revert.snapshot() + " is not on the node of " + id));
                requireFit(volume, snapshot);
                requireUnheld(volume);
                replace(volume, snapshot, revert);
            }
        }
    }

    private static boolean isDone(VolumeRecord volume, VolumeRecord.Revert revert) {
        Optional<VolumeRecord.Revert> before = volume.reverts().stream()
                .filter(done -> done.token().equals(revert.token()))
                .findFirst();
        if (before.isPresent() && !before.get().equals(revert)) {
            throw new CsiException.InvalidRequest(TOKEN_KEY + " " + revert.token() + " was used for "
                    + before.get().snapshot() + ": each revert needs a token of its own");
        }
        return before.isPresent();
    }

    private static void requireFit(VolumeRecord volume, SnapshotRecord snapshot) {
        if (volume.isPublishedAsFileSystem() != snapshot.isOfFileSystem()
                || volume.fileSystemType() != snapshot.fileSystemType()) {
            throw new CsiException.InvalidRequest("one of snapshot " + snapshot.id() + " and " + volume.id()
                    + " is a raw disk, and the other a file system, or another one");
        }
        if (snapshot.sizeBytes() > volume.sizeBytes()) {
            throw new CsiException.OutOfRange(
                    "snapshot " + snapshot.id() + " has " + snapshot.sizeBytes() + " bytes, and " + volume.id()
                            + " has room for " + volume.sizeBytes() + ": expand the claim first");
        }
    }

    private void requireUnheld(VolumeRecord volume) throws IOException {
        Optional<String> holder = use.holderOf(volume);
        if (holder.isPresent()) {
            throw new CsiException.FailedPrecondition(
                    volume.id() + " can't be reverted now: " + holder.get() + "; end the pods that use it first");
        }
    }

    private void replace(VolumeRecord volume, SnapshotRecord snapshot, VolumeRecord.Revert revert) throws IOException {
        Path image = snapshots.directory(snapshot).image();
        // A copy is there beside the old data until the end.
        try (PoolCapacity.Reservation _ = capacity.reserveCopies(List.of(image))) {
            volumes.replace(volume.revertedBy(revert), VolumeImage.copy(volume, image, pool.mode()));
        }
    }
}
