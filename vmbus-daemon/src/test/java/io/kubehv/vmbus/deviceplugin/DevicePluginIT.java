package io.kubehv.vmbus.deviceplugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
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
import io.kubehv.vmbus.deviceplugin.v1beta1.ListAndWatchResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegisterRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.RegistrationGrpc;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.rpc.UnixChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
    private volatile Runnable onRegistration = () -> {};
    private volatile boolean losesAnswers;

    @BeforeEach
    void start() throws Exception {
        watch = DirectoryWatch.start();
        plugin = new DevicePlugin(directory, () -> accelerator, null);
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
        kubelet = NettyServerBuilder.forAddress(new DomainSocketAddress(socket().toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .addService(new RegistrationGrpc.RegistrationImplBase() {
                    @Override
                    public void register(RegisterRequest request, StreamObserver<Empty> answer) {
                        registrations.add(request);
                        onRegistration.run();
                        if (losesAnswers) {
                            answer.onError(Status.UNAVAILABLE.asRuntimeException());
                        } else {
                            answer.onNext(Empty.getDefaultInstance());
                            answer.onCompleted();
                        }
                    }
                })
                .build()
                .start();
    }

    /** As the kubelet asks for the places: for as long as the plug-in lives. */
    private ListAndWatch listAndWatch() {
        ListAndWatch stream = new ListAndWatch(channel());
        // No part of a registration that is being answered, with which gRPC would end it.
        Context.ROOT.run(
                () -> DevicePluginGrpc.newStub(stream.channel).listAndWatch(Empty.getDefaultInstance(), stream));
        return stream;
    }

    /** A stream of the places, and how it went on. */
    private record ListAndWatch(ManagedChannel channel, CountDownLatch begun, CountDownLatch ended)
            implements StreamObserver<ListAndWatchResponse>, AutoCloseable {
        private ListAndWatch(ManagedChannel channel) {
            this(channel, new CountDownLatch(1), new CountDownLatch(1));
        }

        @Override
        public void onNext(ListAndWatchResponse places) {
            begun.countDown();
        }

        @Override
        public void onError(Throwable cause) {
            ended.countDown();
        }

        @Override
        public void onCompleted() {
            ended.countDown();
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    private ManagedChannel channel() {
        return UnixChannel.to(directory.resolve(registrations.getLast().getEndpoint()), eventLoop);
    }

    private <T> T ask(Function<DevicePluginGrpc.DevicePluginBlockingStub, T> question) {
        ManagedChannel channel = channel();
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

    /** The kubelet would take the end of the first registration's stream for that of the second one's. */
    @Test
    void a_kubelet_that_it_is_told_of_twice_gets_one_registration() throws Exception {
        startKubelet();
        Semaphore told = new Semaphore(0);
        try (DirectoryWatch.Wait _ = watch.eachTime(socket(), told::release)) {
            plugin.start(watch);
            await().until(plugin::isRegistered);
            told.acquire();
            try (ListAndWatch places = listAndWatch()) {
                assertThat(places.begun.await(10, TimeUnit.SECONDS)).isTrue();

                Files.move(socket(), directory.resolve("aside"));
                Files.move(directory.resolve("aside"), socket());
                assertThat(told.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

                startKubelet();
                await().until(() -> registrations.size() >= 2 && plugin.isRegistered());
                assertThat(registrations).as("one for each kubelet").hasSize(2);
            }
        }
    }

    @Test
    void a_kubelet_whose_answer_was_lost_keeps_the_stream_that_it_has() throws Exception {
        startKubelet();
        losesAnswers = true;
        AtomicReference<ListAndWatch> first = new AtomicReference<>();
        onRegistration = () -> {
            if (first.get() == null) {
                first.set(listAndWatch());
            } else {
                losesAnswers = false;
            }
        };
        plugin.start(watch);
        await().until(plugin::isRegistered);
        try (ListAndWatch places = first.get()) {
            assertThat(registrations).hasSizeGreaterThanOrEqualTo(2);
            assertThat(places.begun.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(places.ended.getCount()).as("not ended").isOne();
            assertThat(allocate().getEnvsMap()).containsEntry("KUBEHV_ACCELERATOR", "TCG");
            assertThat(places.ended.getCount()).as("not ended").isOne();
        }
    }

    private Path socket() {
        return directory.resolve("kubelet.sock");
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
