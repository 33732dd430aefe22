package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.Acceleration;
import io.kubehv.api.v1alpha1.CloudInit;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.Processor;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.virtualmachine.MachineMemory;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The definition that the launcher reads: the spec with everything resolved. */
public final class MachineDefinition {
    static final String DISKS = "/var/lib/kubehv/disks/";
    static final String DEVICES = "/dev/kubehv/";
    static final String USER_DATA = "/etc/kubehv/cloud-init/user-data";
    static final String NETWORK_DATA = "/etc/kubehv/cloud-init/network-data";
    static final String SAVED_STATE = "/var/lib/kubehv/saved-state";
    private static final String IMAGE = "/disk.img";

    private MachineDefinition() {}

    static VirtualMachineDefinition of(VirtualMachine machine, Identity identity, List<ResolvedDisk> disks) {
        VirtualMachineSpec spec = machine.getSpec();
        Processor processor = spec.processor();
        Integer count = processor == null ? null : processor.count();
        return new VirtualMachineDefinition(
                machine.getMetadata().getNamespace(),
                machine.getMetadata().getName(),
                Objects.requireNonNull(identity.uuid()),
                Objects.requireNonNull(identity.generationId()),
                spec.generation() == null ? 2 : spec.generation(),
                new VirtualMachineDefinition.Processor(count == null ? 1 : count),
                new VirtualMachineDefinition.Memory(MachineMemory.bytes(spec)),
                disks(disks),
                adapters(spec, identity),
                cloudInit(spec.cloudInit()),
                acceleration(spec.acceleration()),
                null);
    }

    /** Where the disk is in the pod. */
    static String path(ResolvedDisk disk) {
        return disk.block() ? DEVICES + disk.disk().name() : DISKS + disk.disk().name();
    }

    private static List<VirtualMachineDefinition.Disk> disks(List<ResolvedDisk> disks) {
        List<ResolvedDisk> order = Stream.concat(
                        disks.stream()
                                .filter(disk -> disk.disk().bootOrder() != null)
                                .sorted(Comparator.comparing(disk ->
                                        Objects.requireNonNull(disk.disk().bootOrder()))),
                        disks.stream().filter(disk -> disk.disk().bootOrder() == null))
                .toList();
        return disks.stream()
                .map(disk -> new VirtualMachineDefinition.Disk(
                        disk.disk().name(),
                        disk.block() ? path(disk) : path(disk) + IMAGE,
                        disk.readOnly(),
                        disk.block(),
                        order.indexOf(disk) + 1,
                        disk.blankBytes()))
                .toList();
    }

    private static List<VirtualMachineDefinition.NetworkAdapter> adapters(VirtualMachineSpec spec, Identity identity) {
        Map<String, String> addresses = identity.macAddresses() == null ? Map.of() : identity.macAddresses();
        return adapters(spec)
                .map(adapter -> new VirtualMachineDefinition.NetworkAdapter(
                        adapter.name(),
                        Objects.requireNonNull(addresses.get(adapter.name())),
                        ports(adapter)
                                .map(port -> new VirtualMachineDefinition.Port(
                                        port.name(),
                                        port.port(),
                                        port.protocol() == PortProtocol.UDP
                                                ? VirtualMachineDefinition.Protocol.UDP
                                                : VirtualMachineDefinition.Protocol.TCP))
                                .toList()))
                .toList();
    }

    static Stream<NetworkAdapter> adapters(VirtualMachineSpec spec) {
        List<NetworkAdapter> adapters = spec.networkAdapters();
        return adapters == null ? Stream.empty() : adapters.stream();
    }

    static Stream<NetworkPort> ports(NetworkAdapter adapter) {
        List<NetworkPort> ports = adapter.ports();
        return ports == null ? Stream.empty() : ports.stream();
    }

    private static VirtualMachineDefinition.@Nullable CloudInit cloudInit(@Nullable CloudInit cloudInit) {
        if (cloudInit == null) {
            return null;
        }
        return new VirtualMachineDefinition.CloudInit(
                cloudInit.userData(),
                cloudInit.userDataSecretName() == null ? null : USER_DATA,
                cloudInit.networkData(),
                cloudInit.networkDataSecretName() == null ? null : NETWORK_DATA);
    }

    private static VirtualMachineDefinition.Acceleration acceleration(@Nullable Acceleration acceleration) {
        return switch (acceleration == null ? Acceleration.PREFERRED : acceleration) {
            case REQUIRED -> VirtualMachineDefinition.Acceleration.REQUIRED;
            case PREFERRED -> VirtualMachineDefinition.Acceleration.PREFERRED;
            case DISABLED -> VirtualMachineDefinition.Acceleration.DISABLED;
        };
    }
}
