package io.kubehv.vmbus.checkpoint;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.vmbus.checkpoint.csi.ControllerGrpc;
import io.kubehv.vmbus.checkpoint.csi.ControllerModifyVolumeRequest;
import io.kubehv.vmbus.checkpoint.csi.CreateVolumeGroupSnapshotRequest;
import io.kubehv.vmbus.checkpoint.csi.DeleteVolumeGroupSnapshotRequest;
import io.kubehv.vmbus.checkpoint.csi.GroupControllerGrpc;
import io.kubehv.vmbus.checkpoint.csi.VolumeGroupSnapshot;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.rpc.UnixChannel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The node's CSI driver, over its UNIX socket. Thread-safe. */
public final class CsiVolumeSnapshots implements VolumeSnapshots, AutoCloseable {
    private static final Logger LOG = System.getLogger(CsiVolumeSnapshots.class.getName());
    private static final String AHEAD = "kubehv.io/ahead";
    private static final String REVERT_TO = "kubehv.io/revert-to-snapshot";
    private static final String REVERT_TOKEN = "kubehv.io/revert-token";
    /** Nothing else is done to the VM meanwhile. */
    private static final Duration AHEAD_LIMIT = Duration.ofSeconds(20);

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;

    /** A client; it connects when it is first used, and again when the driver was restarted. */
    public CsiVolumeSnapshots(Path socket) {
        channel = UnixChannel.to(socket, eventLoop);
    }

    @Override
    public void ahead(String name, List<String> volumes) {
        CreateVolumeGroupSnapshotRequest request = CreateVolumeGroupSnapshotRequest.newBuilder()
                .setName(name)
                .addAllSourceVolumeIds(volumes)
                .putParameters(AHEAD, "true")
                .build();
        try {
            var _ = group(AHEAD_LIMIT).createVolumeGroupSnapshot(request);
        } catch (StatusRuntimeException e) {
            LOG.log(Level.INFO, () -> name + ": nothing is copied ahead: " + e.getStatus());
        }
    }

    @Override
    public Cut cut(String name, List<String> volumes, Duration limit) {
        CreateVolumeGroupSnapshotRequest request = CreateVolumeGroupSnapshotRequest.newBuilder()
                .setName(name)
                .addAllSourceVolumeIds(volumes)
                .build();
        VolumeGroupSnapshot group = asked(
                "keep the state of " + volumes,
                () -> group(limit).createVolumeGroupSnapshot(request).getGroupSnapshot());
        return new Cut(
                group.getGroupSnapshotId(),
                group.getSnapshotsList().stream()
                        .map(snapshot -> new CheckpointCapture.Snapshot(
                                snapshot.getSourceVolumeId(), snapshot.getSnapshotId(), snapshot.getSizeBytes()))
                        .toList());
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
