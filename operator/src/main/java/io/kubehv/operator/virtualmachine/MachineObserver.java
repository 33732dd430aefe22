package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.AutomaticStart;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects what a decision about a VM is made from: out of caches, but for Secrets, which it may not watch. */
@ApplicationScoped
public class MachineObserver {
    private final KubernetesClient client;
    private final Clock clock;
    private final MachineCheckpoints checkpoints;

    public MachineObserver(KubernetesClient client, Clock clock, MachineCheckpoints checkpoints) {
        this.client = client;
        this.checkpoints = checkpoints;
        this.clock = clock;
    }

    public Observed observe(VirtualMachine machine, MachineNetwork network, MachineSources sources) {
        String namespace = machine.getMetadata().getNamespace();
        String saved = SavedState.name(machine);
        Pod pod = sources.pod(namespace, DerivedName.ofPod(machine.getMetadata().getName()))
                .filter(found -> LauncherPod.isOf(machine, found))
                .orElse(null);
        Pod savePod = sources.pod(namespace, saved)
                .filter(found -> Owners.owns(machine, found))
                .orElse(null);
        PersistentVolumeClaim savedState = sources.claim(namespace, saved)
                .filter(found -> Owners.owns(machine, found) || SavedState.isComingTo(machine, found))
                .orElse(null);
        MachineOrigin origin = origin(machine, sources);
        List<ResolvedDisk> disks = MachineDisks.disks(machine)
                .map(disk -> MachineDisks.isOfCheckpoint(disk)
                        ? DiskResolution.resolve(
                                machine,
                                disk,
                                sources.claim(namespace, MachineDisks.claimName(machine, disk))
                                        .orElse(null),
                                problem(disk, origin))
                        : resolve(machine, disk, sources))
                .toList();
        PersistentVolumeClaim guestState =
                sources.claim(namespace, GuestState.name(machine)).orElse(null);
        boolean mayStart = (pod == null || new PodFacts(pod).finished()) && starts(machine);
        return new Observed(
                machine,
                pod,
                savePod,
                savedState,
                guestState,
                disks,
                sources.attachments(machine),
                mayStart ? new PrerequisiteLookup(client, machine).look(guestState) : Prerequisites.MET,
                node(machine, pod, sources),
                network,
                clock.instant(),
                sources.applying(machine).orElse(null),
                origin);
    }

    private MachineOrigin origin(VirtualMachine machine, MachineSources sources) {
        String name = machine.getSpec().fromCheckpoint();
        if (name == null) {
            return MachineOrigin.NONE;
        }
        String namespace = machine.getMetadata().getNamespace();
        Optional<Checkpoint> checkpoint = checkpoints.checkpoint(namespace, name);
        return Origins.of(
                machine,
                checkpoint.orElse(null),
                checkpoint
                        .flatMap(found ->
                                sources.machine(namespace, found.getSpec().virtualMachine()))
                        .orElse(null),
                claim -> sources.claim(namespace, claim).orElse(null));
    }

    /** One that no checkpoint is known for yet waits for that. */
    private static @Nullable Verdict problem(Disk disk, MachineOrigin origin) {
        return origin.known() == null ? origin.problem() : origin.disks().get(disk.name());
    }

    /** Of the node that it ended with or on; of a VM that runs nobody asks. */
    private NodeRestart node(VirtualMachine machine, @Nullable Pod pod, MachineSources sources) {
        Optional<String> ended = Optional.ofNullable(pod)
                .map(PodFacts::new)
                .filter(PodFacts::finished)
                .flatMap(PodFacts::nodeName);
        return Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::automaticStart)
                .map(AutomaticStart::nodeName)
                .or(() -> ended)
                .map(name -> sources.restart(machine, name, clock.instant()))
                .orElse(NodeRestart.UNKNOWN);
    }

    static ResolvedDisk resolve(VirtualMachine machine, Disk disk, MachineSources sources) {
        String namespace = machine.getMetadata().getNamespace();
        String claim = MachineDisks.claimName(machine, disk);
        return DiskResolution.resolve(
                machine,
                disk,
                sources.disk(namespace, claim).orElse(null),
                sources.claim(namespace, claim).orElse(null));
    }

    private static boolean starts(VirtualMachine machine) {
        PowerState wanted = machine.getSpec().powerState();
        return wanted != PowerState.OFF && wanted != PowerState.SAVED;
    }
}
