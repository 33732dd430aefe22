package io.kubehv.vmbus.deviceplugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.StreamObserver;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.vmbus.deviceplugin.v1beta1.AllocateRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.ContainerAllocateRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.ContainerAllocateResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.Device;
import io.kubehv.vmbus.deviceplugin.v1beta1.DevicePluginGrpc;
import io.kubehv.vmbus.deviceplugin.v1beta1.DeviceSpec;
import io.kubehv.vmbus.deviceplugin.v1beta1.Empty;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegisterRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegistrationGrpc;
import io.kubehv.vmbus.files.DirectoryWatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plug-in against a kubelet's side of the protocol, over real sockets. */
class DevicePluginIT {
    @TempDir
    private Path directory;

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final List<RegisterRequest> registrations = new CopyOnWriteArrayList<>();
    private volatile Accelerator accelerator = Accelerator.TCG;
    private DirectoryWatch watch;
    private DevicePlugin plugin;
    private Server kubelet;

    @BeforeEach
    void start() throws Exception {
        watch = DirectoryWatch.start();
        plugin = new DevicePlugin(directory, () -> accelerator);
    }

    @AfterEach
    void end() throws Exception {
        plugin.close();
        watch.close();
        if (kubelet != null) {
            kubelet.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    /** As the kubelet does when it starts: it empties its directory and makes its socket anew. */
    private void startKubelet() throws Exception {
        if (kubelet != null) {
            kubelet.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        kubelet = NettyServerBuilder.forAddress(new DomainSocketAddress(
                        directory.resolve("kubelet.sock").toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .addService(new RegistrationGrpc.RegistrationImplBase() {
                    @Override
                    public void register(RegisterRequest request, StreamObserver<Empty> answer) {
                        registrations.add(request);
                        answer.onNext(Empty.getDefaultInstance());
                        answer.onCompleted();
                    }
                })
                .build()
                .start();
    }

    private <T> T ask(Function<DevicePluginGrpc.DevicePluginBlockingStub, T> question) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(
                        directory.resolve(registrations.getLast().getEndpoint()).toFile()))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(eventLoop)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
        try {
            return question.apply(DevicePluginGrpc.newBlockingStub(channel));
        } finally {
            channel.shutdownNow();
        }
    }

    private ContainerAllocateResponse allocate() {
        AllocateRequest request = AllocateRequest.newBuilder()
                .addContainerRequests(ContainerAllocateRequest.newBuilder().addDevicesIds("hypervisor-7"))
                .build();
        return ask(plugin -> plugin.allocate(request)).getContainerResponses(0);
    }

    @Test
    void it_registers_and_offers_its_places() throws Exception {
        startKubelet();
        plugin.start(watch);
        await().until(plugin::isRegistered);
        assertThat(registrations).singleElement().satisfies(request -> {
            assertThat(request.getVersion()).isEqualTo("v1beta1");
            assertThat(request.getResourceName()).isEqualTo("kubehv.io/hypervisor");
        });
        List<Device> devices = ask(
                plugin -> plugin.listAndWatch(Empty.getDefaultInstance()).next().getDevicesList());
        assertThat(devices).hasSize(1000).allMatch(device -> device.getHealth().equals("Healthy"));
        assertThat(devices).extracting(Device::getID).doesNotHaveDuplicates();
    }

    @Test
    void it_registers_again_when_the_kubelet_restarts() throws Exception {
        startKubelet();
        plugin.start(watch);
        await().until(() -> registrations.size() == 1);
        startKubelet();
        await().until(() -> registrations.size() == 2);
        await().until(plugin::isRegistered);
        assertThat(allocate().getEnvsMap()).containsEntry("KUBEHV_ACCELERATOR", "TCG");
    }

    @Test
    void it_waits_for_a_kubelet_that_comes_later() throws Exception {
        plugin.start(watch);
        assertThat(plugin.isRegistered()).isFalse();
        startKubelet();
        await().until(plugin::isRegistered);
    }

    @Test
    void a_machine_gets_the_device_of_kvm_only_where_kvm_works() throws Exception {
        startKubelet();
        plugin.start(watch);
        await().until(plugin::isRegistered);
        assertThat(allocate().getDevicesList())
                .as("taps are to be opened on any node that has them")
                .extracting(DeviceSpec::getHostPath)
                .contains("/dev/net/tun")
                .doesNotContain("/dev/kvm");
        accelerator = Accelerator.KVM;
        assertThat(allocate().getDevicesList())
                .contains(DeviceSpec.newBuilder()
                        .setHostPath("/dev/kvm")
                        .setContainerPath("/dev/kvm")
                        .setPermissions("rw")
                        .build());
        assertThat(allocate().getEnvsMap()).containsEntry("KUBEHV_ACCELERATOR", "KVM");
    }
}
