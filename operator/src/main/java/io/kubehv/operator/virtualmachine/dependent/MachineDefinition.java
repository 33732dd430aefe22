package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.Acceleration;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.CloudInit;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.DiskQos;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.virtualmachine.MachineMemory;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The definition that the launcher reads: the spec with everything resolved. */
public final class MachineDefinition {
    static final String DISKS = "/var/lib/kubehv/disks/";
    static final String DEVICES = "/dev/kubehv/";
    static final String USER_DATA = "/etc/kubehv/cloud-init/user-data";
    static final String NETWORK_DATA = "/etc/kubehv/cloud-init/network-data";
    static final String GUEST_STATE = "/var/lib/kubehv/guest-state";
    static final String TPM_STATE = "/var/lib/kubehv/tpm";
    static final String TPM_KEY = "/etc/kubehv/tpm-key";
    static final String SECURE_BOOT_KEYS = "/etc/kubehv/secure-boot";
    static final String SAVED_STATE = "/var/lib/kubehv/saved-state";
    static final String IMAGE = "/disk.img";

    private MachineDefinition() {}

    static VirtualMachineDefinition of(VirtualMachine machine, Identity identity, List<ResolvedDisk> disks) {
        VirtualMachineSpec spec = machine.getSpec();
        BootOrder bootOrder = new BootOrder(spec, CheckpointOrigin.disksOf(machine));
        return new VirtualMachineDefinition(
                machine.getMetadata().getNamespace(),
                machine.getMetadata().getName(),
                Objects.requireNonNull(identity.uuid()),
                Objects.requireNonNull(identity.generationId()),
                spec.generation() == null ? 2 : spec.generation(),
                ProcessorSettings.definition(spec.processor()),
                new VirtualMachineDefinition.Memory(
                        MachineMemory.bytes(spec), MachineMemory.maximumBytes(spec), MachineMemory.hugePageBytes(spec)),
                SecuritySettings.firmware(spec),
                SecuritySettings.security(spec),
                disks(machine, disks, bootOrder),
                dvdDrives(spec, disks, bootOrder),
                adapters(spec, identity, bootOrder),
                DeviceSettings.devices(spec),
                cloudInit(spec.cloudInit()),
                acceleration(spec.acceleration()),
                null);
    }

    /** Where the disk is in the pod. */
    static String path(ResolvedDisk disk) {
        return disk.block() ? DEVICES + disk.disk().name() : DISKS + disk.disk().name();
    }

    private static String file(ResolvedDisk disk) {
        return disk.block() ? path(disk) : path(disk) + IMAGE;
    }

    private static List<VirtualMachineDefinition.Disk> disks(
            VirtualMachine machine, List<ResolvedDisk> resolved, BootOrder bootOrder) {
        Set<String> names =
                CheckpointOrigin.disksOf(machine).stream().map(Disk::name).collect(Collectors.toSet());
        return resolved.stream()
                .filter(disk -> names.contains(disk.disk().name()))
                .map(disk -> new VirtualMachineDefinition.Disk(
                        disk.disk().name(),
                        bus(disk.disk().bus()),
                        file(disk),
                        disk.readOnly(),
                        disk.block(),
                        bootOrder.ofDisk(disk.disk().name()),
                        disk.blankBytes(),
                        maximumIops(disk.disk().qos())))
                .toList();
    }

    private static VirtualMachineDefinition.Bus bus(@Nullable DiskBus bus) {
        return switch (bus == null ? DiskBus.SCSI : bus) {
            case SCSI -> VirtualMachineDefinition.Bus.SCSI;
            case VIRTIO -> VirtualMachineDefinition.Bus.VIRTIO;
            case IDE -> VirtualMachineDefinition.Bus.IDE;
        };
    }

    /** Zero is Hyper-V's way to say that there is no limit. */
    private static @Nullable Long maximumIops(@Nullable DiskQos qos) {
        Long maximum = qos == null ? null : qos.maximumIOPS();
        return maximum == null || maximum == 0 ? null : maximum;
    }

    private static List<VirtualMachineDefinition.DvdDrive> dvdDrives(
            VirtualMachineSpec spec, List<ResolvedDisk> resolved, BootOrder bootOrder) {
        Map<String, ResolvedDisk> media =
                resolved.stream().collect(Collectors.toMap(disk -> disk.disk().name(), Function.identity()));
        return (spec.dvdDrives() == null ? List.<DvdDrive>of() : spec.dvdDrives())
                .stream()
                        .map(drive -> {
                            ResolvedDisk medium = media.get(drive.name());
                            return new VirtualMachineDefinition.DvdDrive(
                                    drive.name(),
                                    medium == null ? null : file(medium),
                                    medium != null && medium.block(),
                                    bootOrder.ofDvdDrive(drive.name()));
                        })
                        .toList();
    }

    private static List<VirtualMachineDefinition.NetworkAdapter> adapters(
            VirtualMachineSpec spec, Identity identity, BootOrder bootOrder) {
        Map<String, String> addresses = identity.macAddresses() == null ? Map.of() : identity.macAddresses();
        return adapters(spec)
                .map(adapter -> new VirtualMachineDefinition.NetworkAdapter(
                        adapter.name(),
                        Objects.requireNonNull(addresses.get(adapter.name())),
                        Boolean.TRUE.equals(adapter.legacy()),
                        bootOrder.ofAdapter(adapter.name()),
                        adapter.networkBoot() == null
                                ? null
                                : adapter.networkBoot().url(),
                        ports(adapter)
                                .map(port -> new VirtualMachineDefinition.Port(
                                        port.name(),
                                        port.port(),
                                        port.protocol() == PortProtocol.UDP
                                                ? VirtualMachineDefinition.Protocol.UDP
                                                : VirtualMachineDefinition.Protocol.TCP))
                                .toList(),
                        SwitchPorts.tap(spec, adapter),
                        Boolean.TRUE.equals(adapter.deviceNaming()) ? adapter.name() : null))
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
