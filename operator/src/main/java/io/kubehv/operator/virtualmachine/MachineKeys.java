package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.AutomaticStart;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.network.MacAddresses;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The keys by which a VM is found: what its spec asks for, and what its status says that it has. */
final class MachineKeys {
    private MachineKeys() {}

    /** The claims of a VM's disks: a VirtualHardDisk's claim has its name. */
    static List<String> claimKeys(VirtualMachine machine) {
        String namespace = machine.getMetadata().getNamespace();
        return MachineDisks.disks(machine)
                .map(disk -> ClaimUse.key(namespace, MachineDisks.claimName(machine, disk)))
                .distinct()
                .toList();
    }

    /** Those that it has, and those that it asks for. */
    static List<String> macAddresses(VirtualMachine machine) {
        Stream<String> own = Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::identity)
                .map(Identity::macAddresses)
                .map(addresses -> addresses.values().stream())
                .orElse(Stream.empty());
        Stream<String> asked = adapters(machine)
                .map(NetworkAdapter::macAddress)
                .filter(address -> address != null && !address.isEmpty())
                .map(MacAddresses::normal);
        return Stream.concat(own, asked).distinct().toList();
    }

    static List<String> addresses(VirtualMachine machine) {
        return Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::identity)
                .map(Identity::networks)
                .map(networks -> networks.values().stream())
                .orElse(Stream.empty())
                .flatMap(network -> (network.addresses() == null ? List.<String>of() : network.addresses())
                        .stream().map(address -> network.switchName() + "/" + address))
                .distinct()
                .toList();
    }

    static List<String> switchNames(VirtualMachine machine) {
        return adapters(machine)
                .map(NetworkAdapter::switchName)
                .flatMap(Stream::ofNullable)
                .distinct()
                .toList();
    }

    private static Stream<NetworkAdapter> adapters(VirtualMachine machine) {
        List<NetworkAdapter> adapters = machine.getSpec().networkAdapters();
        return adapters == null ? Stream.empty() : adapters.stream();
    }

    /** The UID of the checkpoint that it is being made from, until all of its volumes are there. */
    static List<String> beingMadeFrom(VirtualMachine machine) {
        return machine.getMetadata().getDeletionTimestamp() != null
                ? List.of()
                : Optional.ofNullable(machine.getStatus())
                        .map(VirtualMachineStatus::origin)
                        .filter(origin -> !origin.isComplete())
                        .map(CheckpointOrigin::checkpointUid)
                        .map(List::of)
                        .orElse(List.of());
    }

    static List<String> wentDownWith(VirtualMachine machine) {
        return Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::automaticStart)
                .map(AutomaticStart::nodeName)
                .map(List::of)
                .orElse(List.of());
    }
}
