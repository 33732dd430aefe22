package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.Owners;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Which VMs use a disk or a switch, for whoever else needs to know: the cache of VMs is kept once. */
@ApplicationScoped
public class MachineIndex {
    private final AtomicReference<@Nullable MachineSources> sources = new AtomicReference<>();

    void set(MachineSources watched) {
        sources.set(watched);
    }

    /** The VMs whose disks are on a claim. */
    public List<VirtualMachine> users(String namespace, String claim) {
        return watched().map(watched -> watched.users(namespace, claim)).orElse(List.of());
    }

    /** The VMs, as namespace/name, that have an adapter on a switch. */
    public List<String> usersOfSwitch(String name) {
        return watched().map(watched -> watched.usersOfSwitch(name)).orElse(List.of());
    }

    public List<VirtualMachine> ofNamespace(String namespace) {
        return watched().map(watched -> watched.ofNamespace(namespace)).orElse(List.of());
    }

    /** The VM, as namespace/name, that has a UUID, of all namespaces. */
    public Optional<String> withUuid(String uuid) {
        return watched().flatMap(watched -> watched.withUuid(uuid));
    }

    public Optional<VirtualMachine> machine(String namespace, String name) {
        return watched().flatMap(watched -> watched.machine(namespace, name));
    }

    /** The pod that runs a VM, or ran it. */
    public Optional<Pod> podOf(VirtualMachine machine) {
        return watched()
                .flatMap(watched -> watched.pod(
                        machine.getMetadata().getNamespace(),
                        DerivedName.ofPod(machine.getMetadata().getName())))
                .filter(found -> LauncherPod.isOf(machine, found));
    }

    /** The claim with a VM's memory. */
    public Optional<PersistentVolumeClaim> savedStateOf(VirtualMachine machine) {
        return claim(machine.getMetadata().getNamespace(), SavedState.name(machine))
                .filter(found -> Owners.owns(machine, found));
    }

    /** The machine that a VM would be if it started now; empty while nobody knows who it is. */
    public Optional<VirtualMachineDefinition> definitionOf(VirtualMachine machine) {
        Optional<Identity> identity = Optional.ofNullable(machine.getStatus()).map(VirtualMachineStatus::identity);
        return watched()
                .flatMap(watched -> identity.map(known -> LauncherPod.definition(
                        machine,
                        known,
                        MachineDisks.disks(machine)
                                .map(disk -> MachineObserver.resolve(machine, disk, watched))
                                .toList())));
    }

    public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
        return watched().flatMap(watched -> watched.claim(namespace, name));
    }

    /** The pods that mount the claims of disks which came to a VM while it runs. */
    public List<Pod> attachments(VirtualMachine machine) {
        return watched().map(watched -> watched.attachments(machine)).orElse(List.of());
    }

    /** The way back to a checkpoint that a VM is on. */
    public Optional<CheckpointApply> applying(VirtualMachine machine) {
        return watched().flatMap(watched -> watched.applying(machine));
    }

    /** The VMs that are being made from a checkpoint, and need it yet. */
    public List<VirtualMachine> beingMadeFrom(String checkpointUid) {
        return watched().map(watched -> watched.beingMadeFrom(checkpointUid)).orElse(List.of());
    }

    private Optional<MachineSources> watched() {
        return Optional.ofNullable(sources.get());
    }

    /** Whether there is such a claim, a user's own included. */
    public boolean hasClaim(String namespace, String claim) {
        return claim(namespace, claim).isPresent();
    }
}
