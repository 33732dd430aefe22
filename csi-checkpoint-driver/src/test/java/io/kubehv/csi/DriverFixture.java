package io.kubehv.csi;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.kubehv.csi.configuration.DriverConfiguration;
import io.kubehv.csi.linux.MountPoint;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolOpener;
import io.kubehv.csi.proto.CapacityRange;
import io.kubehv.csi.proto.ControllerGrpc;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.DeleteVolumeRequest;
import io.kubehv.csi.proto.IdentityGrpc;
import io.kubehv.csi.proto.NodeGrpc;
import io.kubehv.csi.proto.NodePublishVolumeRequest;
import io.kubehv.csi.proto.NodeStageVolumeRequest;
import io.kubehv.csi.proto.NodeUnpublishVolumeRequest;
import io.kubehv.csi.proto.NodeUnstageVolumeRequest;
import io.kubehv.csi.proto.ProbeRequest;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeCapability;
import io.kubehv.csi.proto.VolumeContentSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    private CsiDriver driver;

    public DriverFixture(Path directory) throws IOException {
        this.directory = directory;
        this.driver = CsiDriver.start(configuration());
        this.channel = NettyChannelBuilder.forAddress(
                        new DomainSocketAddress(configuration().endpoint().toFile()))
                .eventLoopGroup(eventLoop)
                .channelType(EpollDomainSocketChannel.class)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }

    private DriverConfiguration configuration() {
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
        driver.close();
        driver = CsiDriver.start(configuration());
    }

    public ControllerGrpc.ControllerBlockingStub controller() {
        return ControllerGrpc.newBlockingStub(channel).withWaitForReady().withDeadlineAfter(5, TimeUnit.MINUTES);
    }

    public NodeGrpc.NodeBlockingStub node() {
        return NodeGrpc.newBlockingStub(channel).withWaitForReady().withDeadlineAfter(5, TimeUnit.MINUTES);
    }

    /** Whether a sidecar that starts now would begin its work. */
    public boolean isReady() {
        return IdentityGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .probe(ProbeRequest.getDefaultInstance())
                .getReady()
                .getValue();
    }

    /** What another start of the driver would find. */
    public Pool openPool() throws IOException {
        return new PoolOpener(configuration().pool(), configuration().poolImage(), POOL_BYTES).open();
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
        driver.close();
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
