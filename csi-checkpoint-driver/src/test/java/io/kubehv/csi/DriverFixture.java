package io.kubehv.csi;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.AbstractStub;
import io.kubehv.csi.configuration.DriverConfiguration;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolOpener;
import io.kubehv.csi.proto.CapacityRange;
import io.kubehv.csi.proto.ControllerGrpc;
import io.kubehv.csi.proto.ControllerModifyVolumeRequest;
import io.kubehv.csi.proto.ControllerModifyVolumeResponse;
import io.kubehv.csi.proto.CreateSnapshotRequest;
import io.kubehv.csi.proto.CreateVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.DeleteSnapshotRequest;
import io.kubehv.csi.proto.DeleteVolumeRequest;
import io.kubehv.csi.proto.GroupControllerGrpc;
import io.kubehv.csi.proto.IdentityGrpc;
import io.kubehv.csi.proto.NodeExpandVolumeRequest;
import io.kubehv.csi.proto.NodeGrpc;
import io.kubehv.csi.proto.NodePublishVolumeRequest;
import io.kubehv.csi.proto.NodeStageVolumeRequest;
import io.kubehv.csi.proto.NodeUnpublishVolumeRequest;
import io.kubehv.csi.proto.NodeUnstageVolumeRequest;
import io.kubehv.csi.proto.ProbeRequest;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.SnapshotMetadataGrpc;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeCapability;
import io.kubehv.csi.proto.VolumeContentSource;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A driver with a pool of its own on a real file system, and clients on its socket. Needs root. */
public final class DriverFixture implements AutoCloseable {
    public static final long MEBIBYTE = 1L << 20;
    private static final long POOL_BYTES = 1536 * MEBIBYTE;
    private static final long BLOCK_BYTES = 4096;

    private final Path directory;
    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;
    private Running driver;

    /** A driver that serves the socket. */
    interface Running {
        void end() throws IOException;
    }

    public DriverFixture(Path directory) throws IOException {
        this(directory, CsiDriver.start(configuration(directory))::close);
    }

    /** Clients of a driver that somebody else has started in that directory. */
    DriverFixture(Path directory, Running driver) {
        this.directory = directory;
        this.driver = driver;
        this.channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(
                        configuration(directory).endpoint().toFile()))
                .eventLoopGroup(eventLoop)
                .channelType(EpollDomainSocketChannel.class)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }

    private static DriverConfiguration configuration(Path directory) {
        return new DriverConfiguration(
                "test-node",
                directory.resolve("csi.sock"),
                Optional.empty(),
                directory.resolve("pool"),
                directory.resolve("pool.xfs"),
                POOL_BYTES,
                0);
    }

    /** Ends the driver and starts another on the same pool. */
    public void restart() throws IOException {
        driver.end();
        driver = CsiDriver.start(configuration(directory))::close;
    }

    public ControllerGrpc.ControllerBlockingStub controller() {
        return patient(ControllerGrpc.newBlockingStub(channel));
    }

    public NodeGrpc.NodeBlockingStub node() {
        return patient(NodeGrpc.newBlockingStub(channel));
    }

    public GroupControllerGrpc.GroupControllerBlockingStub groupController() {
        return patient(GroupControllerGrpc.newBlockingStub(channel));
    }

    public SnapshotMetadataGrpc.SnapshotMetadataBlockingStub snapshotMetadata() {
        return patient(SnapshotMetadataGrpc.newBlockingStub(channel));
    }

    private static <S extends AbstractStub<S>> S patient(S stub) {
        return stub.withWaitForReady().withDeadlineAfter(5, TimeUnit.MINUTES);
    }

    /** Whether a sidecar that starts now would begin its work. */
    public boolean isReady() {
        return IdentityGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .probe(ProbeRequest.getDefaultInstance())
                .getReady()
                .getValue();
    }

    /** From now on another driver serves the socket. */
    void servedBy(Running next) {
        driver = next;
    }

    /** What another start of the driver would find. */
    public Pool openPool() throws IOException {
        return new PoolOpener(
                        configuration(directory).pool(),
                        configuration(directory).poolImage(),
                        POOL_BYTES)
                .open();
    }

    /** Takes all room of the pool: first the large pieces, then what the smallest files need. */
    public void fillPool() throws IOException, InterruptedException {
        int number = 0;
        for (long bytes = POOL_BYTES; bytes >= BLOCK_BYTES; bytes /= 2) {
            while (allocate(pool().resolve("ballast-" + number++), bytes)) {}
        }
        try {
            while (true) {
                Files.createFile(pool().resolve("ballast-" + number++));
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    /** Writes nothing and takes the room; false where there is not so much. */
    static boolean allocate(Path file, long bytes) throws IOException, InterruptedException {
        return new ProcessBuilder("fallocate", "-l", String.valueOf(bytes), file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** Does with a part of a file what the mode says, an option of fallocate(1). */
    static void fallocate(Path file, String mode, long offset, long length) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "fallocate", mode, "-o", String.valueOf(offset), "-l", String.valueOf(length), file.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    public Snapshot snapshot(String name, Volume volume) {
        return controller()
                .createSnapshot(CreateSnapshotRequest.newBuilder()
                        .setName(name)
                        .setSourceVolumeId(volume.getVolumeId())
                        .build())
                .getSnapshot();
    }

    public VolumeGroupSnapshot groupSnapshot(String name, Volume... volumes) {
        return groupSnapshot(name, Map.of(), volumes);
    }

    /** Has the volumes of a group copied ahead of its cut. */
    public VolumeGroupSnapshot copyAhead(String name, Volume... volumes) {
        return groupSnapshot(name, Map.of("kubehv.io/ahead", "true"), volumes);
    }

    /** The same for what was written to the volume since, which the driver is told. */
    VolumeGroupSnapshot copyAhead(String name, Volume volume, String written) {
        return groupSnapshot(
                name, Map.of("kubehv.io/ahead", "true", "kubehv.io/written/" + volume.getVolumeId(), written), volume);
    }

    /** Cuts a group of one volume, of which the driver is told what was written since it was copied ahead. */
    VolumeGroupSnapshot groupSnapshot(String name, Volume volume, String written) {
        return groupSnapshot(name, Map.of("kubehv.io/written/" + volume.getVolumeId(), written), volume);
    }

    private VolumeGroupSnapshot groupSnapshot(String name, Map<String, String> parameters, Volume... volumes) {
        CreateVolumeGroupSnapshotRequest.Builder request =
                CreateVolumeGroupSnapshotRequest.newBuilder().setName(name).putAllParameters(parameters);
        for (Volume volume : volumes) {
            request.addSourceVolumeIds(volume.getVolumeId());
        }
        return groupController().createVolumeGroupSnapshot(request.build()).getGroupSnapshot();
    }

    public void delete(Snapshot snapshot) {
        controller()
                .deleteSnapshot(DeleteSnapshotRequest.newBuilder()
                        .setSnapshotId(snapshot.getSnapshotId())
                        .build());
    }

    /** Gives the volume the snapshot's data. */
    public void revert(Volume volume, Snapshot snapshot, String token) {
        ControllerModifyVolumeResponse _ = controller()
                .controllerModifyVolume(ControllerModifyVolumeRequest.newBuilder()
                        .setVolumeId(volume.getVolumeId())
                        .putMutableParameters("kubehv.io/revert-to-snapshot", snapshot.getSnapshotId())
                        .putMutableParameters("kubehv.io/revert-token", token)
                        .build());
    }

    public void delete(Volume volume) {
        controller()
                .deleteVolume(DeleteVolumeRequest.newBuilder()
                        .setVolumeId(volume.getVolumeId())
                        .build());
    }

    public Path pool() {
        return directory.resolve("pool");
    }

    /** The volume's data in the pool. */
    public Path image(Volume volume) {
        return pool().resolve("volumes").resolve(volume.getVolumeId()).resolve("contents/disk.img");
    }

    /** The snapshot's data in the pool. */
    public Path image(Snapshot snapshot) {
        return pool().resolve("snapshots")
                .resolve(snapshot.getGroupSnapshotId())
                .resolve(snapshot.getSnapshotId())
                .resolve("disk.img");
    }

    public Path stagingPath(Volume volume) {
        return directory.resolve("staging").resolve(volume.getVolumeId());
    }

    public Path target(Volume volume) {
        return directory.resolve("targets").resolve(volume.getVolumeId());
    }

    public static VolumeCapability mount() {
        return VolumeCapability.newBuilder()
                .setMount(VolumeCapability.MountVolume.newBuilder())
                .setAccessMode(writer())
                .build();
    }

    public static VolumeCapability block() {
        return VolumeCapability.newBuilder()
                .setBlock(VolumeCapability.BlockVolume.newBuilder())
                .setAccessMode(writer())
                .build();
    }

    private static VolumeCapability.AccessMode writer() {
        return VolumeCapability.AccessMode.newBuilder()
                .setMode(VolumeCapability.AccessMode.Mode.SINGLE_NODE_WRITER)
                .build();
    }

    public static CreateVolumeRequest.Builder request(String name, long bytes, VolumeCapability capability) {
        return CreateVolumeRequest.newBuilder()
                .setName(name)
                .setCapacityRange(CapacityRange.newBuilder().setRequiredBytes(bytes))
                .addVolumeCapabilities(capability);
    }

    public static CreateVolumeRequest.Builder diskRequest(String name, long bytes) {
        return request(name, bytes, mount()).putVolumeAttributes("contents", "disk");
    }

    public Volume create(CreateVolumeRequest.Builder request) {
        return controller().createVolume(request.build()).getVolume();
    }

    public static VolumeContentSource cloneOf(Volume volume) {
        return VolumeContentSource.newBuilder()
                .setVolume(VolumeContentSource.VolumeSource.newBuilder().setVolumeId(volume.getVolumeId()))
                .build();
    }

    public static VolumeContentSource restoreOf(Snapshot snapshot) {
        return VolumeContentSource.newBuilder()
                .setSnapshot(VolumeContentSource.SnapshotSource.newBuilder().setSnapshotId(snapshot.getSnapshotId()))
                .build();
    }

    public void stage(Volume volume, VolumeCapability capability) {
        node().nodeStageVolume(NodeStageVolumeRequest.newBuilder()
                .setVolumeId(volume.getVolumeId())
                .setStagingTargetPath(stagingPath(volume).toString())
                .setVolumeCapability(capability)
                .build());
    }

    public NodePublishVolumeRequest.Builder publishRequest(Volume volume, VolumeCapability capability) {
        return NodePublishVolumeRequest.newBuilder()
                .setVolumeId(volume.getVolumeId())
                .setStagingTargetPath(stagingPath(volume).toString())
                .setTargetPath(target(volume).toString())
                .setVolumeCapability(capability);
    }

    /** Stages and publishes; returns the target. */
    public Path publish(Volume volume, VolumeCapability capability) {
        stage(volume, capability);
        node().nodePublishVolume(publishRequest(volume, capability).build());
        return target(volume);
    }

    /** Unpublishes and unstages. */
    public void release(Volume volume) {
        node().nodeUnpublishVolume(NodeUnpublishVolumeRequest.newBuilder()
                .setVolumeId(volume.getVolumeId())
                .setTargetPath(target(volume).toString())
                .build());
        node().nodeUnstageVolume(NodeUnstageVolumeRequest.newBuilder()
                .setVolumeId(volume.getVolumeId())
                .setStagingTargetPath(stagingPath(volume).toString())
                .build());
    }

    /** Grows a published volume; returns its size. */
    public long grow(Volume volume, long bytes) {
        return node().nodeExpandVolume(NodeExpandVolumeRequest.newBuilder()
                        .setVolumeId(volume.getVolumeId())
                        .setVolumePath(target(volume).toString())
                        .setCapacityRange(CapacityRange.newBuilder().setRequiredBytes(bytes))
                        .build())
                .getCapacityBytes();
    }

    /** Grows a VM's disk that nobody has: only the node service can. */
    public void expand(Volume disk, long bytes) {
        publish(disk, mount());
        grow(disk, bytes);
        release(disk);
    }

    /** What is mounted under the fixture's directory, apart from the pool. */
    public List<Path> mounts() throws IOException {
        Path real = directory.toRealPath();
        return MountTable.read().mounts().stream()
                .map(MountPoint::target)
                .filter(path -> path.startsWith(real) && !path.equals(real.resolve("pool")))
                .toList();
    }

    @Override
    public void close() throws IOException {
        channel.shutdownNow();
        boolean _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
        driver.end();
        unmountAll(directory);
    }

    /** Takes away whatever is mounted below the directory, the deepest first. */
    public static void unmountAll(Path directory) throws IOException {
        Path real = directory.toRealPath();
        List<Path> below = MountTable.read().mounts().stream()
                .map(MountPoint::target)
                .filter(path -> path.startsWith(real))
                .toList();
        for (Path path : below.reversed()) {
            Mounts.unmount(path);
        }
        // Only what is no mount is deleted with the test's directory.
        if (MountTable.read().mounts().stream().anyMatch(mount -> mount.target().startsWith(real))) {
            throw new IOException("something is still mounted below " + directory);
        }
    }
}
