package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what a decision about a checkpoint is made from. */
@ApplicationScoped
public class CheckpointObserver {
    private final MachineIndex machines;
    private final VolumeLookup volumes;
    private final ForeignSnapshots snapshots;
    private final DiskClaims diskClaims;
    private final Clock clock;

    public CheckpointObserver(
            MachineIndex machines,
            VolumeLookup volumes,
            ForeignSnapshots snapshots,
            DiskClaims diskClaims,
            Clock clock) {
        this.machines = machines;
        this.volumes = volumes;
        this.snapshots = snapshots;
        this.diskClaims = diskClaims;
        this.clock = clock;
    }

    ObservedCheckpoint observe(Checkpoint checkpoint, CheckpointSources sources) {
        String namespace = checkpoint.getMetadata().getNamespace();
        String name = checkpoint.getSpec().virtualMachine();
        VirtualMachine machine = machines.machine(namespace, name).orElse(null);
        // Before the pod is looked for.
        boolean starting =
                machine != null && diskClaims.isGranted(machine.getMetadata().getUid());
        Pod pod = machine == null ? null : machines.podOf(machine).orElse(null);
        List<Checkpoint> siblings = sources.ofMachine(namespace, name).stream()
                .filter(other -> !other.getMetadata()
                        .getUid()
                        .equals(checkpoint.getMetadata().getUid()))
                .toList();
        PersistentVolumeClaim savedState =
                machine == null ? null : machines.savedStateOf(machine).orElse(null);
        return new ObservedCheckpoint(
                checkpoint,
                machine,
                pod,
                savedState,
                starting,
                siblings,
                machine != null && machines.applying(machine).isPresent(),
                sources.claim(namespace, CheckpointMemory.name(checkpoint))
                        .filter(found -> Owners.owns(checkpoint, found))
                        .orElse(null),
                sources.pod(namespace, CheckpointMemory.name(checkpoint))
                        .filter(found -> Owners.owns(checkpoint, found))
                        .orElse(null),
                isPending(checkpoint) && machine != null ? look(machine, pod, savedState) : CheckpointVolumes.NOT_ASKED,
                isKept(checkpoint) ? List.of() : snapshots.of(checkpoint),
                machines.beingMadeFrom(checkpoint.getMetadata().getUid()).stream()
                        .map(made -> made.getMetadata().getName())
                        .sorted()
                        .toList(),
                clock.instant());
    }

    /** Of a saved VM the disks that it goes on with, whatever its spec says since. */
    private CheckpointVolumes look(
            VirtualMachine machine, @Nullable Pod pod, @Nullable PersistentVolumeClaim savedState) {
        boolean runs = pod != null && !new PodFacts(pod).finished();
        Pod saved = savedState != null && SavedState.isWhole(savedState) ? SavedState.heldBy(savedState) : null;
        return volumes.of(machine, runs ? pod : saved);
    }

    /** Then its VolumeSnapshots are its users' as well, and nothing is decided by them. */
    private static boolean isKept(Checkpoint checkpoint) {
        return checkpoint.getStatus() != null && checkpoint.getStatus().phase() == CheckpointPhase.READY;
    }

    private static boolean isPending(Checkpoint checkpoint) {
        return checkpoint.getStatus() == null
                || checkpoint.getStatus().phase() == null
                || checkpoint.getStatus().phase() == CheckpointPhase.PENDING;
    }
}
