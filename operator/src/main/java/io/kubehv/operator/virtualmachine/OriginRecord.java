package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.ForeignDisk;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes down what a checkpoint consists of for a VM that is to be made from it, or says why it can't be. Pure. */
record OriginRecord(
        VirtualMachine machine,
        @Nullable Checkpoint checkpoint,
        @Nullable VirtualMachine source,
        Function<String, @Nullable PersistentVolumeClaim> claims) {

    MachineOrigin decide() {
        String name = machine.getSpec().fromCheckpoint();
        if (checkpoint == null) {
            return awaits(
                    Reason.CHECKPOINT_NOT_FOUND,
                    "fromCheckpoint: there is no Checkpoint \"" + name + "\" in the namespace \""
                            + machine.getMetadata().getNamespace() + "\"; create it");
        }
        CheckpointStatus status = checkpoint.getStatus();
        CheckpointPhase phase = status == null ? null : status.phase();
        if (checkpoint.getMetadata().getDeletionTimestamp() != null || phase == CheckpointPhase.DELETING) {
            return awaits(
                    Reason.CHECKPOINT_NOT_FOUND,
                    "fromCheckpoint: the Checkpoint \"" + name + "\" is being deleted; take another of this name");
        }
        if (phase == CheckpointPhase.FAILED) {
            return awaits(
                    Reason.CHECKPOINT_NOT_FOUND,
                    "fromCheckpoint: the Checkpoint \"" + name
                            + "\" was not taken, and its condition Ready says why; delete it and take another of this name");
        }
        if (status == null || phase != CheckpointPhase.READY || status.nodeName() == null) {
            return awaits(
                    Reason.CHECKPOINT_NOT_READY,
                    "fromCheckpoint: the VM is made when the Checkpoint \"" + name + "\" is ready");
        }
        if (source == null || !Owners.owns(source, checkpoint)) {
            return awaits(
                    Reason.CHECKPOINT_NOT_FOUND,
                    "fromCheckpoint: the VM \"" + checkpoint.getSpec().virtualMachine() + "\" of the Checkpoint \""
                            + name + "\" is gone, and the checkpoint goes with it");
        }
        if (generation(source) != generation(machine)) {
            return awaits(
                    Reason.GENERATION_DIFFERS,
                    "generation: " + generation(machine) + " is not " + generation(source) + ", which the VM \""
                            + source.getMetadata().getName() + "\" of the Checkpoint \"" + name
                            + "\" has; delete this VM, and make it with generation: " + generation(source));
        }
        CheckpointOrigin record = record(checkpoint, status, source, status.nodeName());
        return new MachineOrigin(
                record,
                Verdict.no(Reason.CLONING, "its volumes are about to be made from the checkpoint \"" + name + "\""),
                Map.of(),
                Map.of(),
                List.of());
    }

    private CheckpointOrigin record(Checkpoint of, CheckpointStatus status, VirtualMachine from, String nodeName) {
        List<OriginDisk> disks = new ArrayList<>();
        OriginDisk guestState = null;
        for (CheckpointDisk disk : Objects.requireNonNullElse(status.disks(), List.<CheckpointDisk>of())) {
            if (disk.persistentVolumeClaim().equals(GuestState.name(from))) {
                guestState = part(disk, status, from);
            } else {
                disks.add(part(disk, status, from));
            }
        }
        String key = GuestState.keyProtector(claims.apply(GuestState.name(from)));
        return new CheckpointOrigin(
                of.getMetadata().getName(),
                of.getMetadata().getUid(),
                from.getMetadata().getName(),
                nodeName,
                disks,
                guestState,
                guestState == null || key.isEmpty() ? null : key,
                null);
    }

    private OriginDisk part(CheckpointDisk disk, CheckpointStatus status, VirtualMachine from) {
        // A disk that the VM has no more may have lost its claim: then it is as the others are.
        Optional<PersistentVolumeClaimSpec> like = Optional.ofNullable(claims.apply(disk.persistentVolumeClaim()))
                .or(() -> Objects.requireNonNullElse(status.disks(), List.<CheckpointDisk>of()).stream()
                        .map(other -> claims.apply(other.persistentVolumeClaim()))
                        .flatMap(claim -> Optional.ofNullable(claim).stream())
                        .findFirst())
                .map(PersistentVolumeClaim::getSpec);
        Optional<Disk> listed = CheckpointOrigin.disksOf(from).stream()
                .filter(candidate -> candidate.name().equals(disk.name()))
                .findFirst();
        return new OriginDisk(
                disk.name(),
                Objects.requireNonNull(disk.volumeSnapshot()),
                size(disk, status, like),
                like.map(PersistentVolumeClaimSpec::getStorageClassName).orElse(null),
                like.map(PersistentVolumeClaimSpec::getVolumeMode).orElse(null),
                like.map(PersistentVolumeClaimSpec::getVolumeAttributesClassName)
                        .orElse(null),
                listed.map(Disk::bus).orElse(null),
                listed.map(Disk::bootOrder).orElse(null));
    }

    /** As large as it was: the volume may have grown since. */
    private static long size(CheckpointDisk disk, CheckpointStatus status, Optional<PersistentVolumeClaimSpec> like) {
        CheckpointCapture capture = status.capture();
        List<CheckpointCapture.Snapshot> snapshots =
                capture == null || capture.snapshots() == null ? List.of() : capture.snapshots();
        return snapshots.stream()
                .filter(snapshot -> snapshot.volumeHandle().equals(disk.volumeHandle()))
                .map(CheckpointCapture.Snapshot::size)
                .flatMap(size -> Optional.ofNullable(size).stream())
                .findFirst()
                .or(() -> Optional.ofNullable(disk.foreign())
                        .map(ForeignDisk::restoreSize)
                        .filter(size -> size > 0))
                .or(() -> like.map(spec -> spec.getResources().getRequests().get("storage"))
                        .map(size -> Quantity.getAmountInBytes(size).longValue()))
                .orElse(1L);
    }

    private static int generation(VirtualMachine machine) {
        return machine.getSpec().generation() == null ? 2 : machine.getSpec().generation();
    }

    private static MachineOrigin awaits(Reason reason, String why) {
        return MachineOrigin.awaits(Verdict.no(reason, why));
    }
}
