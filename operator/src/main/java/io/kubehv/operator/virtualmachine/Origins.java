package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.OriginDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.ClonedVolume;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a VM from a checkpoint: first what the checkpoint consists of is written into the VM's status, in a pass of its own,
 * then the claims are made, and when the last of them has its volume the VM needs the checkpoint no more. A deletion of the
 * checkpoint waits in between. Pure.
 */
final class Origins {
    private final VirtualMachine machine;
    private final @Nullable Checkpoint checkpoint;
    private final CheckpointOrigin origin;
    private final Function<String, @Nullable PersistentVolumeClaim> claims;
    private final Map<String, Verdict> disks = new LinkedHashMap<>();
    private final Map<String, OriginDisk> toMake = new LinkedHashMap<>();
    private final List<PersistentVolumeClaim> toPlace = new ArrayList<>();

    private Origins(
            VirtualMachine machine,
            CheckpointOrigin origin,
            @Nullable Checkpoint checkpoint,
            Function<String, @Nullable PersistentVolumeClaim> claims) {
        this.machine = machine;
        this.origin = origin;
        this.checkpoint = checkpoint;
        this.claims = claims;
    }

    /**
     * What the VM has of its checkpoint.
     *
     * @param checkpoint the one of the name that the spec has, if there is one
     * @param source the VM that the checkpoint is of, if it is there
     * @param claims the claims of the namespace, by name; null: there is none
     */
    static MachineOrigin of(
            VirtualMachine machine,
            @Nullable Checkpoint checkpoint,
            @Nullable VirtualMachine source,
            Function<String, @Nullable PersistentVolumeClaim> claims) {
        if (machine.getSpec().fromCheckpoint() == null) {
            return MachineOrigin.NONE;
        }
        CheckpointOrigin known =
                machine.getStatus() == null ? null : machine.getStatus().origin();
        return known == null
                ? new OriginRecord(machine, checkpoint, source, claims).decide()
                : new Origins(machine, known, checkpoint, claims).parts();
    }

    private MachineOrigin parts() {
        Map<String, OriginDisk> byName = Objects.requireNonNullElse(origin.disks(), List.<OriginDisk>of()).stream()
                .collect(Collectors.toMap(OriginDisk::name, Function.identity(), (one, _) -> one));
        CheckpointOrigin.disksOf(machine).stream()
                .filter(MachineDisks::isOfCheckpoint)
                .forEach(disk -> disk(disk, byName.get(disk.name())));
        Verdict guestState = null;
        OriginDisk remembered = origin.guestState();
        // One that is deleted later is for a machine that is to begin anew.
        if (remembered != null && !origin.isComplete()) {
            guestState = volume("the claim of its firmware and TPM: ", GuestState.name(machine), remembered);
        }
        boolean complete = origin.isComplete() || (disks.isEmpty() && guestState == null);
        return new MachineOrigin(complete ? origin.completed() : origin, guestState, disks, toMake, toPlace);
    }

    private void disk(Disk disk, @Nullable OriginDisk part) {
        String subject = "disk \"" + disk.name() + "\": ";
        Verdict problem = part == null
                ? Verdict.no(
                        Reason.CHECKPOINT_DISK_NOT_FOUND,
                        subject + "the checkpoint \"" + origin.checkpoint() + "\" has no disk of this name, only "
                                + Objects.requireNonNullElse(origin.disks(), List.<OriginDisk>of()).stream()
                                        .map(OriginDisk::name)
                                        .collect(Collectors.joining(", "))
                                + "; rename it, or give it a virtualHardDisk, persistentVolumeClaim or template")
                : volume(subject, MachineDisks.claimName(machine, disk), part);
        if (problem != null) {
            disks.put(disk.name(), problem);
        }
    }

    private @Nullable Verdict volume(String subject, String name, OriginDisk part) {
        PersistentVolumeClaim claim = claims.apply(name);
        if (claim == null) {
            if (!isThere()) {
                return gone(subject + "it can't be made");
            }
            toMake.put(name, part);
            return Verdict.no(Reason.CLONING, subject + "it is being made from the checkpoint");
        }
        if (!Owners.owns(machine, claim)) {
            return Verdict.no(
                    Reason.CLAIM_NAME_TAKEN,
                    subject + "there is a PersistentVolumeClaim \"" + name
                            + "\" that is not this VM's; delete that claim or give the VM another name");
        }
        if (claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase())) {
            return null;
        }
        if (!isThere()) {
            return gone(subject + "its claim \"" + name + "\" has no volume");
        }
        if (!ClonedVolume.isPlaced(claim)) {
            toPlace.add(claim);
        }
        return Verdict.no(
                Reason.CLONING,
                subject + "its claim \"" + name + "\" has no volume yet, which the CSI driver makes on node "
                        + origin.nodeName() + "; kubectl describe pvc " + name + " says what it waits for");
    }

    /** Whether what the claims are made from is there: its deletion begins with another phase. */
    private boolean isThere() {
        return checkpoint != null
                && origin.checkpointUid().equals(checkpoint.getMetadata().getUid())
                && checkpoint.getStatus() != null
                && checkpoint.getStatus().phase() == CheckpointPhase.READY;
    }

    private Verdict gone(String what) {
        return Verdict.no(
                Reason.CHECKPOINT_GONE,
                what + ", as the checkpoint \"" + origin.checkpoint()
                        + "\" was deleted; delete the VM, and make it from a checkpoint that is there");
    }
}
