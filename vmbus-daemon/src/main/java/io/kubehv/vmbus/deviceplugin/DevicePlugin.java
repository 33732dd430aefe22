package io.kubehv.vmbus.deviceplugin;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegisterRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegistrationGrpc;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.rpc.UnixChannel;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Offers {@link KubeHV#HYPERVISOR_RESOURCE} to the kubelet and keeps doing so: a kubelet that starts removes all
 * sockets in its directory and forgets who registered, and makes its own socket anew, which is what is watched for.
 */
public final class DevicePlugin implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DevicePlugin.class.getName());
    private static final String API_VERSION = "v1beta1";
    private static final String ENDPOINT = "kubehv-hypervisor.sock";
    private static final Duration FIRST_RETRY = Duration.ofMillis(200);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);

    private final Path kubeletSocket;
    private final Path endpoint;
    private final HypervisorDevices devices;
    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ScheduledExecutorService registrar = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("device-plugin").factory());
    private DirectoryWatch.@Nullable Wait kubeletStarts;
    private @Nullable Server server;
    private volatile boolean registered;
    private String served = "";

    /** {@code writeFaults}: the node of the device by which QEMU learns of writes to memory; null: none. */
    public DevicePlugin(Path directory, AcceleratorSource accelerator, @Nullable Path writeFaults) {
        this.kubeletSocket = directory.resolve("kubelet.sock");
        this.endpoint = directory.resolve(ENDPOINT);
        this.devices = new HypervisorDevices(accelerator, writeFaults);
    }

    /** Registers now and at each start of the kubelet. */
    public void start(DirectoryWatch watch) {
        kubeletStarts = watch.eachTime(kubeletSocket, () -> registrar.execute(() -> offer(FIRST_RETRY)));
    }

    /** Whether the kubelet that runs has accepted the plug-in. */
    public boolean isRegistered() {
        return registered;
    }

    /**
     * Registers once with each kubelet, and serves it on one socket all that time. The kubelet knows a plug-in by its
     * resource only, so it takes the end of a stream of ours that it had before for that of the one that it has.
     */
    private void offer(Duration retryAfter) {
        String kubelet = start(kubeletSocket);
        boolean isGone = kubelet.isEmpty();
        if (isGone || (registered && kubelet.equals(served))) {
            return;
        }
        registered = false;
        try {
            if (server == null || !kubelet.equals(served)) {
                serve();
                served = kubelet;
            }
            register();
            registered = true;
            LOG.log(Level.INFO, "registered " + KubeHV.HYPERVISOR_RESOURCE + " with the kubelet");
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "can't register with the kubelet; next try in " + retryAfter, e);
            Duration doubled = retryAfter.multipliedBy(2);
            Duration next = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
            var _ = registrar.schedule(() -> offerUnlessRegistered(next), retryAfter.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** What is another at each start of the kubelet: which file its socket is, and since when. */
    private static String start(Path socket) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(socket, BasicFileAttributes.class);
            return attributes.fileKey() + "/" + attributes.lastModifiedTime();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the kubelet's socket is gone again", e);
            return "";
        }
    }

    private void offerUnlessRegistered(Duration retryAfter) {
        if (!registered) {
            offer(retryAfter);
        }
    }

    /** Serves on a new socket: the old one was removed when the kubelet started. */
    private void serve() throws IOException {
        stopServing();
        Files.deleteIfExists(endpoint);
        server = NettyServerBuilder.forAddress(new DomainSocketAddress(endpoint.toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .executor(Runnable::run)
                .addService(devices)
                .build()
                .start();
    }

    private void register() {
        ManagedChannel kubelet = UnixChannel.to(kubeletSocket, eventLoop);
        try {
            RegistrationGrpc.newBlockingStub(kubelet)
                    .withDeadlineAfter(Duration.ofSeconds(5))
                    .register(RegisterRequest.newBuilder()
                            .setVersion(API_VERSION)
                            .setEndpoint(ENDPOINT)
                            .setResourceName(KubeHV.HYPERVISOR_RESOURCE)
                            .build());
        } finally {
            kubelet.shutdownNow();
        }
    }

    private void stopServing() {
        if (server != null) {
            server.shutdownNow();
            server = null;
        }
    }

    @Override
    public void close() {
        if (kubeletStarts != null) {
            kubeletStarts.close();
        }
        registrar.execute(this::stopServing);
        registrar.close();
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
