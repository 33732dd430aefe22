package io.kubehv.vmbus.deviceplugin;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.vmbus.deviceplugin.v1beta1.AllocateRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.AllocateResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.ContainerAllocateResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.Device;
import io.kubehv.vmbus.deviceplugin.v1beta1.DevicePluginGrpc;
import io.kubehv.vmbus.deviceplugin.v1beta1.DevicePluginOptions;
import io.kubehv.vmbus.deviceplugin.v1beta1.DeviceSpec;
import io.kubehv.vmbus.deviceplugin.v1beta1.Empty;
import io.kubehv.vmbus.deviceplugin.v1beta1.ListAndWatchResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.PreStartContainerRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.PreStartContainerResponse;
import io.kubehv.vmbus.deviceplugin.v1beta1.PreferredAllocationRequest;
import io.kubehv.vmbus.deviceplugin.v1beta1.PreferredAllocationResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the kubelet asks of the device plug-in. The devices are places for VMs and stand for no hardware: each VM takes
 * one, which brings it the node's accelerator, and no VM gets on a node that has no daemon.
 */
final class HypervisorDevices extends DevicePluginGrpc.DevicePluginImplBase {
    static final int PLACES = 1000;
    static final String ACCELERATOR_VARIABLE = "KUBEHV_ACCELERATOR";
    private static final String HEALTHY = "Healthy";
    private static final String KVM_DEVICE = "/dev/kvm";

    /** For adapters on virtual switches: the tap, which opens to its owner alone, and the kernel's own part in it. */
    private static final List<String> NETWORK_DEVICES = List.of("/dev/net/tun", "/dev/vhost-net");

    private static final String WRITE_FAULTS_DEVICE = "/dev/userfaultfd";

    private final AcceleratorSource accelerator;
    private final @Nullable Path writeFaults;

    /** {@code writeFaults}: the node of the device by which QEMU learns of writes to memory; null: it does without. */
    HypervisorDevices(AcceleratorSource accelerator, @Nullable Path writeFaults) {
        this.accelerator = accelerator;
        this.writeFaults = writeFaults;
    }

    @Override
    public void getDevicePluginOptions(Empty request, StreamObserver<DevicePluginOptions> answer) {
        answer.onNext(DevicePluginOptions.getDefaultInstance());
        answer.onCompleted();
    }

    /** The list never changes, so the stream stays open and silent: its end tells the kubelet that we are gone. */
    @Override
    public void listAndWatch(Empty request, StreamObserver<ListAndWatchResponse> answer) {
        ((ServerCallStreamObserver<ListAndWatchResponse>) answer).setOnCancelHandler(() -> {});
        List<Device> devices = IntStream.range(0, PLACES)
                .mapToObj(number -> Device.newBuilder()
                        .setID("hypervisor-" + number)
                        .setHealth(HEALTHY)
                        .build())
                .toList();
        answer.onNext(ListAndWatchResponse.newBuilder().addAllDevices(devices).build());
    }

    @Override
    public void allocate(AllocateRequest request, StreamObserver<AllocateResponse> answer) {
        Accelerator current = accelerator.forNewMachine();
        AllocateResponse.Builder response = AllocateResponse.newBuilder();
        request.getContainerRequestsList().forEach(container -> response.addContainerResponses(grant(current)));
        answer.onNext(response.build());
        answer.onCompleted();
    }

    private ContainerAllocateResponse grant(Accelerator current) {
        ContainerAllocateResponse.Builder grant =
                ContainerAllocateResponse.newBuilder().putEnvs(ACCELERATOR_VARIABLE, current.name());
        if (current == Accelerator.KVM) {
            grant.addDevices(device(KVM_DEVICE));
        }
        NETWORK_DEVICES.stream()
                .filter(device -> Files.exists(Path.of(device)))
                .forEach(device -> grant.addDevices(device(device)));
        if (writeFaults != null) {
            grant.addDevices(device(WRITE_FAULTS_DEVICE, writeFaults.toString()));
        }
        return grant.build();
    }

    private static DeviceSpec device(String path) {
        return device(path, path);
    }

    private static DeviceSpec device(String inContainer, String onNode) {
        return DeviceSpec.newBuilder()
                .setContainerPath(inContainer)
                .setHostPath(onNode)
                .setPermissions("rw")
                .build();
    }

    @Override
    public void getPreferredAllocation(
            PreferredAllocationRequest request, StreamObserver<PreferredAllocationResponse> answer) {
        answer.onNext(PreferredAllocationResponse.getDefaultInstance());
        answer.onCompleted();
    }

    @Override
    public void preStartContainer(PreStartContainerRequest request, StreamObserver<PreStartContainerResponse> answer) {
        answer.onNext(PreStartContainerResponse.getDefaultInstance());
        answer.onCompleted();
    }
}
