package io.kubehv.csi.controller;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kubehv.csi.endpoint.Reply;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileComparison;
import io.kubehv.csi.linux.SystemCallException;
import io.kubehv.csi.proto.BlockMetadata;
import io.kubehv.csi.proto.BlockMetadataType;
import io.kubehv.csi.proto.GetMetadataAllocatedRequest;
import io.kubehv.csi.proto.GetMetadataAllocatedResponse;
import io.kubehv.csi.proto.GetMetadataDeltaRequest;
import io.kubehv.csi.proto.GetMetadataDeltaResponse;
import io.kubehv.csi.proto.SnapshotMetadataGrpc;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * CSI's snapshot metadata service: which ranges of a snapshot have data, and which were written between two snapshots of
 * a volume. Told by the file system's extents, so in blocks of 4 KiB; where it does not tell, all counts as written.
 */
public final class SnapshotMetadataService extends SnapshotMetadataGrpc.SnapshotMetadataImplBase {
    private final SnapshotCalls snapshots;
    private final SnapshotStore store;

    public SnapshotMetadataService(SnapshotCalls snapshots, SnapshotStore store) {
        this.snapshots = snapshots;
        this.store = store;
    }

    @Override
    public void getMetadataAllocated(
            GetMetadataAllocatedRequest request, StreamObserver<GetMetadataAllocatedResponse> observer) {
        Reply.inParts(observer, () -> {
            SnapshotRecord snapshot = snapshots.named(request.getSnapshotId(), "snapshot_id");
            check(snapshot, request.getStartingOffset(), request.getMaxResults());
            Path image = store.directory(snapshot).image();
            stream(
                    observer,
                    snapshot.sizeBytes(),
                    request.getStartingOffset(),
                    request.getMaxResults(),
                    sink -> FileComparison.allocated(image, request.getStartingOffset(), sink),
                    ranges -> GetMetadataAllocatedResponse.newBuilder()
                            .setBlockMetadataType(BlockMetadataType.VARIABLE_LENGTH)
                            .setVolumeCapacityBytes(snapshot.sizeBytes())
                            .addAllBlockMetadata(ranges)
                            .build());
        });
    }

    @Override
    public void getMetadataDelta(GetMetadataDeltaRequest request, StreamObserver<GetMetadataDeltaResponse> observer) {
        Reply.inParts(observer, () -> {
            SnapshotRecord base = snapshots.named(request.getBaseSnapshotId(), "base_snapshot_id");
            SnapshotRecord target = snapshots.named(request.getTargetSnapshotId(), "target_snapshot_id");
            if (!base.source().equals(target.source())) {
                throw new CsiException.InvalidRequest("base and target are of two volumes, " + base.source() + " and "
                        + target.source() + ": compare snapshots of one");
            }
            check(target, request.getStartingOffset(), request.getMaxResults());
            Path before = store.directory(base).image();
            Path after = store.directory(target).image();
            stream(
                    observer,
                    target.sizeBytes(),
                    request.getStartingOffset(),
                    request.getMaxResults(),
                    sink -> FileComparison.changed(before, after, request.getStartingOffset(), sink),
                    ranges -> GetMetadataDeltaResponse.newBuilder()
                            .setBlockMetadataType(BlockMetadataType.VARIABLE_LENGTH)
                            .setVolumeCapacityBytes(target.sizeBytes())
                            .addAllBlockMetadata(ranges)
                            .build());
        });
    }

    /** Tells ranges one after the other. */
    private interface Query {
        void into(FileComparison.Sink sink) throws IOException;
    }

    private static <T> void stream(
            StreamObserver<T> observer,
            long size,
            long start,
            int maxResults,
            Query query,
            Function<List<BlockMetadata>, T> message)
            throws IOException {
        RangeStream<T> stream = new RangeStream<>((ServerCallStreamObserver<T>) observer, maxResults, message);
        try {
            query.into(stream);
        } catch (SystemCallException e) {
            // Asked first of all, so nothing was told yet.
            if (!e.isUnsupported()) {
                throw e;
            }
            stream.range(start, size - start);
        }
        stream.end();
    }

    private static void check(SnapshotRecord snapshot, long start, int maxResults) {
        if (start < 0 || start >= snapshot.sizeBytes()) {
            throw new CsiException.OutOfRange("starting_offset is " + start + ", and snapshot " + snapshot.id()
                    + " has the bytes 0 to " + (snapshot.sizeBytes() - 1));
        }
        if (maxResults < 0) {
            throw new CsiException.InvalidRequest("max_results is " + maxResults + ", and can't be negative");
        }
    }
}
