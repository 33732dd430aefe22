package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodLogs;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.dependent.MemoryFitPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects what a decision about a way back is made from. */
@ApplicationScoped
public class ApplyObserver {
    private static final Comparator<CheckpointApply> BY_AGE = Comparator.comparing((CheckpointApply found) ->
                    String.valueOf(found.getMetadata().getCreationTimestamp()))
            .thenComparing(found -> found.getMetadata().getName());

    private final MachineIndex machines;
    private final CheckpointIndex checkpoints;
    private final VolumeLookup volumes;
    private final ForeignSnapshots snapshots;
    private final PodLogs logs;
    private final Clock clock;

    public ApplyObserver(
            MachineIndex machines,
            CheckpointIndex checkpoints,
            VolumeLookup volumes,
            ForeignSnapshots snapshots,
            PodLogs logs,
            Clock clock) {
        this.machines = machines;
        this.checkpoints = checkpoints;
        this.volumes = volumes;
        this.snapshots = snapshots;
        this.logs = logs;
        this.clock = clock;
    }

    ObservedApply observe(CheckpointApply apply, IndexerResourceCache<CheckpointApply> applies) {
        String namespace = apply.getMetadata().getNamespace();
        Checkpoint checkpoint =
                checkpoints.checkpoint(namespace, apply.getSpec().checkpoint()).orElse(null);
        VirtualMachine machine = checkpoint == null
                ? null
                : machines.machine(namespace, checkpoint.getSpec().virtualMachine())
                        .filter(found -> Owners.owns(found, checkpoint))
                        .orElse(null);
        Pod pod = machine == null ? null : machines.podOf(machine).orElse(null);
        boolean pending = isPending(apply);
        return new ObservedApply(
                apply,
                checkpoint,
                machine,
                pod,
                machine == null ? null : machines.savedStateOf(machine).orElse(null),
                machine == null ? List.of() : machines.attachments(machine),
                checkpoint == null ? null : checkpoints.memory(checkpoint).orElse(null),
                checkpoints
                        .pod(namespace, MemoryFitPod.name(apply))
                        .filter(found -> Owners.owns(apply, found))
                        .orElse(null),
                checkpoint == null ? ObservedCopies.NONE : copies(apply, checkpoint),
                checkpoints
                        .checkpoint(
                                namespace,
                                ApplyDecision.nameOfBefore(apply.getMetadata().getName()))
                        .filter(found -> Owners.owns(apply, found) || (machine != null && Owners.owns(machine, found)))
                        .orElse(null),
                pending && checkpoint != null ? busy(apply, checkpoint, applies) : null,
                pending && checkpoint != null && machine != null ? moved(machine, checkpoint) : null,
                clock.instant());
    }

    private ObservedCopies copies(CheckpointApply apply, Checkpoint checkpoint) {
        String namespace = apply.getMetadata().getNamespace();
        List<CheckpointDisk> disks = Foreign.disks(checkpoint);
        Map<String, PersistentVolumeClaim> own = new HashMap<>();
        Map<String, PersistentVolumeClaim> staged = new HashMap<>();
        for (CheckpointDisk disk : disks) {
            machines.claim(namespace, disk.persistentVolumeClaim()).ifPresent(claim -> own.put(disk.name(), claim));
            machines.claim(namespace, StagedVolume.name(apply, disk.name()))
                    .ifPresent(claim -> staged.put(disk.name(), claim));
        }
        Optional<Pod> pod = checkpoints.pod(namespace, CopyPod.name(apply)).filter(found -> Owners.owns(apply, found));
        CheckpointApplyPhase phase =
                apply.getStatus() == null ? null : apply.getStatus().phase();
        // Volumes are asked for by name, and only where it matters.
        boolean memory = (phase == CheckpointApplyPhase.REVERTING || phase == CheckpointApplyPhase.RESTORING_MEMORY)
                && checkpoints.memory(checkpoint).filter(volumes::isForeign).isPresent();
        return new ObservedCopies(
                disks,
                own,
                staged,
                memory,
                pod.orElse(null),
                pod.flatMap(logs::percent).orElse(null));
    }

    private static boolean isPending(CheckpointApply apply) {
        return apply.getStatus() == null
                || apply.getStatus().phase() == null
                || apply.getStatus().phase() == CheckpointApplyPhase.PENDING;
    }

    private @Nullable String busy(
            CheckpointApply apply, Checkpoint checkpoint, IndexerResourceCache<CheckpointApply> applies) {
        String namespace = apply.getMetadata().getNamespace();
        String machine = checkpoint.getSpec().virtualMachine();
        Optional<String> taken = checkpoints.ofMachine(namespace, machine).stream()
                .filter(CheckpointDecision::isUnderWay)
                .map(found -> "the Checkpoint \"" + found.getMetadata().getName() + "\" of the VM is being taken")
                .findFirst();
        return taken.or(() -> applies.list(namespace)
                        .filter(other -> !other.getMetadata()
                                .getUid()
                                .equals(apply.getMetadata().getUid()))
                        .filter(other -> isOf(other, namespace, machine))
                        .filter(other -> isUnderWay(other) || (isPending(other) && BY_AGE.compare(other, apply) < 0))
                        .map(other ->
                                "the CheckpointApply \"" + other.getMetadata().getName() + "\" of the VM comes first")
                        .findFirst())
                .orElse(null);
    }

    private boolean isOf(CheckpointApply other, String namespace, String machine) {
        return checkpoints
                .checkpoint(namespace, other.getSpec().checkpoint())
                .filter(found -> found.getSpec().virtualMachine().equals(machine))
                .isPresent();
    }

    static boolean isUnderWay(CheckpointApply apply) {
        CheckpointApplyPhase phase =
                apply.getStatus() == null ? null : apply.getStatus().phase();
        return phase != null
                && phase != CheckpointApplyPhase.PENDING
                && phase != CheckpointApplyPhase.APPLIED
                && phase != CheckpointApplyPhase.FAILED;
    }

    /** A disk whose claim was made anew is another volume: what was kept of the old one would not be the VM's. */
    private @Nullable String moved(VirtualMachine machine, Checkpoint checkpoint) {
        Set<String> now = volumes.handles(machine);
        List<String> lost = checkpoint.getStatus() == null
                ? List.of()
                : CheckpointDecision.disks(checkpoint.getStatus()).stream()
                        .filter(disk -> !now.contains(disk.volumeHandle()))
                        .map(CheckpointDisk::name)
                        .toList();
        List<String> kept =
                snapshots.of(checkpoint).stream().map(ForeignSnapshot::disk).toList();
        List<String> deleted = Foreign.disks(checkpoint).stream()
                .map(CheckpointDisk::name)
                .filter(disk -> !kept.contains(disk))
                .toList();
        if (lost.isEmpty() && !deleted.isEmpty()) {
            return "VolumeSnapshots of the checkpoint were deleted, of " + String.join(", ", deleted)
                    + "; it is of no use any more";
        }
        return lost.isEmpty()
                ? null
                : "disks of the checkpoint are not the VM's any more: " + String.join(", ", lost)
                        + "; give them back to it, or make volumes from the checkpoint's VolumeSnapshots";
    }
}
