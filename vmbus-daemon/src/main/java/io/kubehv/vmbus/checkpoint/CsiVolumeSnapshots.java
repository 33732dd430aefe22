package io.kubehv.vmbus.checkpoint;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.vmbus.checkpoint.csi.ControllerGrpc;
import io.kubehv.vmbus.checkpoint.csi.ControllerModifyVolumeRequest;
import io.kubehv.vmbus.checkpoint.csi.CreateVolumeGroupSnapshotRequest;
import io.kubehv.vmbus.checkpoint.csi.DeleteVolumeGroupSnapshotRequest;
import io.kubehv.vmbus.checkpoint.csi.GroupControllerGrpc;
import io.kubehv.vmbus.checkpoint.csi.Snapshot;
import io.kubehv.vmbus.checkpoint.csi.VolumeGroupSnapshot;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.rpc.UnixChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The node's CSI driver, over its UNIX socket. Thread-safe. */
public final class CsiVolumeSnapshots implements VolumeSnapshots, AutoCloseable {
    private static final String AHEAD = "kubehv.io/ahead";
    private static final String WRITTEN = "kubehv.io/written/";
    private static final String REVERT_TO = "kubehv.io/revert-to-snapshot";
    private static final String REVERT_TOKEN = "kubehv.io/revert-token";

    /** Nothing else is done to the VM meanwhile. */
    private static final Duration AHEAD_LIMIT = Duration.ofSeconds(20);

    private static final Duration BUSY = Duration.ofMillis(10);

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;

    /** A client; it connects when it is first used, and again when the driver was restarted. */
    public CsiVolumeSnapshots(Path socket) {
        channel = UnixChannel.to(socket, eventLoop);
    }

    @Override
    public Collection<String> ahead(String name, List<String> volumes, Map<String, List<WrittenRange>> written) {
        CreateVolumeGroupSnapshotRequest request =
                request(name, volumes, written).putParameters(AHEAD, "true").build();
        VolumeGroupSnapshot begun = asked(
                "copy " + volumes + " ahead",
                () -> group(AHEAD_LIMIT).createVolumeGroupSnapshot(request).getGroupSnapshot());
        return begun.getSnapshotsList().stream()
                .map(Snapshot::getSourceVolumeId)
                .toList();
    }

    @Override
    public Cut cut(String name, List<String> volumes, Map<String, List<WrittenRange>> written, Duration limit) {
        CreateVolumeGroupSnapshotRequest request =
                request(name, volumes, written).build();
        VolumeGroupSnapshot group = asked("keep the state of " + volumes, () -> cut(request, limit));
        return new Cut(
                group.getGroupSnapshotId(),
                group.getSnapshotsList().stream()
                        .map(snapshot -> new CheckpointCapture.Snapshot(
                                snapshot.getSourceVolumeId(), snapshot.getSnapshotId(), snapshot.getSizeBytes()))
                        .toList());
    }

    private static CreateVolumeGroupSnapshotRequest.Builder request(
            String name, List<String> volumes, Map<String, List<WrittenRange>> written) {
        CreateVolumeGroupSnapshotRequest.Builder request =
                CreateVolumeGroupSnapshotRequest.newBuilder().setName(name).addAllSourceVolumeIds(volumes);
        written.forEach((volume, ranges) -> request.putParameters(WRITTEN + volume, text(ranges)));
        return request;
    }

    /** In hexadecimal digits: OFFSET+LENGTH,OFFSET+LENGTH. */
    private static String text(List<WrittenRange> ranges) {
        return ranges.stream()
                .map(range -> Long.toHexString(range.offset()) + "+" + Long.toHexString(range.length()))
                .collect(Collectors.joining(","));
    }

    /** Again while another call is at the volumes or that name: the copying ahead, say, that was not waited for to its end. */
    private VolumeGroupSnapshot cut(CreateVolumeGroupSnapshotRequest request, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            try {
                return group(left).createVolumeGroupSnapshot(request).getGroupSnapshot();
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() != Status.Code.ABORTED || left.compareTo(BUSY) < 0) {
                    throw e;
                }
                LockSupport.parkNanos(BUSY.toNanos());
            }
        }
    }

    private GroupControllerGrpc.GroupControllerBlockingStub group(Duration limit) {
        return GroupControllerGrpc.newBlockingStub(channel)
                .withDeadlineAfter(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
    }

    @Override
    public void delete(String handle, List<String> snapshots) {
        DeleteVolumeGroupSnapshotRequest request = DeleteVolumeGroupSnapshotRequest.newBuilder()
                .setGroupSnapshotId(handle)
                .addAllSnapshotIds(snapshots)
                .build();
        var _ = asked("delete " + handle, () -> group(UNHURRIED).deleteVolumeGroupSnapshot(request));
    }

    @Override
    public void revert(String volume, String snapshot, String token) {
        ControllerModifyVolumeRequest request = ControllerModifyVolumeRequest.newBuilder()
                .setVolumeId(volume)
                .putMutableParameters(REVERT_TO, snapshot)
                .putMutableParameters(REVERT_TOKEN, token)
                .build();
        var _ = asked(
                "take " + volume + " back to " + snapshot,
                () -> ControllerGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(UNHURRIED.toMillis(), TimeUnit.MILLISECONDS)
                        .controllerModifyVolume(request));
    }

    private static <T> T asked(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            Status status = e.getStatus();
            String words = status.getDescription() == null ? "" : ": " + status.getDescription();
            throw new CheckpointException(
                    "Driver" + reason(status.getCode()),
                    "the node's CSI driver can't " + what + ": " + status.getCode() + words,
                    e);
        }
    }

    private static String reason(Status.Code code) {
        return switch (code) {
            case RESOURCE_EXHAUSTED -> "OutOfSpace";
            case UNAVAILABLE -> "NotThere";
            case DEADLINE_EXCEEDED -> "TooSlow";
            case UNIMPLEMENTED -> "TakesNoSnapshots";
            default -> "Refused";
        };
    }

    @Override
    public void close() {
        channel.shutdownNow();
        var _ = eventLoop.shutdownGracefully();
    }
}
