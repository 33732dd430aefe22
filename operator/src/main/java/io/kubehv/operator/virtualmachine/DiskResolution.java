package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskSize;
import io.kubehv.operator.virtualmachine.dependent.TemplateDisk;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a disk of a VM is in the cluster, and what it lacks. Pure. */
public final class DiskResolution {
    /** What a file system keeps for itself of a volume that holds a disk's file: 1/16 covers ext4 and XFS. */
    private static final long FILE_SYSTEM_SHARE = 16;

    private static final long MIB = 1L << 20;

    private DiskResolution() {}

    /** Resolves one disk; {@code claim} and {@code virtualHardDisk} are those of the name that it refers to. */
    public static ResolvedDisk resolve(
            VirtualMachine machine,
            Disk disk,
            @Nullable VirtualHardDisk virtualHardDisk,
            @Nullable PersistentVolumeClaim claim) {
        // A claim that a VirtualHardDisk fills is ready when that is, by whichever name the VM refers to it.
        boolean filled = disk.persistentVolumeClaim() == null
                || (virtualHardDisk != null && claim != null && Owners.owns(virtualHardDisk, claim));
        boolean absent = disk.template() != null && virtualHardDisk == null;
        Verdict problem = filled ? diskProblem(machine, disk, virtualHardDisk) : null;
        if (problem == null) {
            problem = claimProblem(machine, disk, claim);
        }
        boolean block = claim != null && "Block".equals(claim.getSpec().getVolumeMode());
        return new ResolvedDisk(
                disk,
                MachineDisks.claimName(machine, disk),
                block,
                Boolean.TRUE.equals(disk.readOnly()) ? null : blank(filled ? virtualHardDisk : null, claim, block),
                claim == null ? null : claim.getSpec().getStorageClassName(),
                problem,
                absent,
                outdated(machine, disk, virtualHardDisk));
    }

    /** Resolves one disk that is made from a checkpoint; {@code problem}: what it lacks of that. */
    public static ResolvedDisk resolve(
            VirtualMachine machine, Disk disk, @Nullable PersistentVolumeClaim claim, @Nullable Verdict problem) {
        Verdict lacks = problem == null ? claimProblem(machine, disk, claim) : problem;
        return new ResolvedDisk(
                disk,
                MachineDisks.claimName(machine, disk),
                claim != null && "Block".equals(claim.getSpec().getVolumeMode()),
                // What it is to hold is there already: a disk that is missing is never made in its place.
                null,
                claim == null ? null : claim.getSpec().getStorageClassName(),
                lacks,
                false);
    }

    /** The disk of a template that says something else by now: its size was raised, say. */
    private static @Nullable VirtualHardDisk outdated(
            VirtualMachine machine, Disk disk, @Nullable VirtualHardDisk found) {
        if (disk.template() == null
                || found == null
                || !Owners.owns(machine, found)
                || found.getMetadata().getDeletionTimestamp() != null) {
            return null;
        }
        return TemplateDisk.desired(machine, disk).getSpec().equals(found.getSpec()) ? null : found;
    }

    private static @Nullable Verdict diskProblem(VirtualMachine machine, Disk disk, @Nullable VirtualHardDisk found) {
        String name = MachineDisks.claimName(machine, disk);
        if (found == null) {
            return disk.template() != null
                    ? Verdict.no(Reason.DISK_NOT_READY, subject(disk) + "it is being made")
                    : Verdict.no(
                            Reason.DISK_NOT_FOUND,
                            subject(disk) + "there is no VirtualHardDisk \"" + name + "\" in the namespace \""
                                    + machine.getMetadata().getNamespace() + "\"; create it");
        }
        if (disk.template() != null && !Owners.owns(machine, found)) {
            return Verdict.no(
                    Reason.DISK_NAME_TAKEN,
                    subject(disk) + "the VirtualHardDisk \"" + name
                            + "\" exists and is not this VM's; rename the disk, or use it by virtualHardDisk");
        }
        if (found.getMetadata().getDeletionTimestamp() != null) {
            return Verdict.no(
                    Reason.DISK_NOT_READY, subject(disk) + "the VirtualHardDisk \"" + name + "\" is being deleted");
        }
        return readiness(disk, name, found);
    }

    private static @Nullable Verdict readiness(Disk disk, String name, VirtualHardDisk found) {
        Optional<Condition> ready = new Conditions(
                        found.getStatus() == null ? null : found.getStatus().conditions())
                .get(ConditionTypes.READY);
        if (ready.filter(condition -> "True".equals(condition.getStatus())).isPresent()) {
            return null;
        }
        String why = ready.map(condition -> condition.getReason() + ": " + condition.getMessage())
                .orElse("its preparation has not begun");
        return Verdict.no(
                Reason.DISK_NOT_READY, subject(disk) + "the VirtualHardDisk \"" + name + "\" is not ready: " + why);
    }

    private static @Nullable Verdict claimProblem(
            VirtualMachine machine, Disk disk, @Nullable PersistentVolumeClaim claim) {
        String name = MachineDisks.claimName(machine, disk);
        if (claim == null || claim.getMetadata().getDeletionTimestamp() != null) {
            return Verdict.no(
                    Reason.CLAIM_NOT_FOUND,
                    subject(disk) + "there is no PersistentVolumeClaim \"" + name + "\" in the namespace \""
                            + machine.getMetadata().getNamespace() + "\"; create it");
        }
        if (claim.getStatus() != null && "Lost".equals(claim.getStatus().getPhase())) {
            return Verdict.no(
                    Reason.CLAIM_LOST,
                    subject(disk) + "the PersistentVolumeClaim \"" + name
                            + "\" has lost its volume; restore the volume or use another claim");
        }
        return null;
    }

    private static @Nullable Long blank(
            @Nullable VirtualHardDisk virtualHardDisk, @Nullable PersistentVolumeClaim claim, boolean block) {
        if (virtualHardDisk != null) {
            return virtualHardDisk.getSpec().blank() == null
                    ? null
                    : DiskSize.bytes(virtualHardDisk.getSpec().size());
        }
        if (claim == null || block) {
            return null;
        }
        long capacity = Optional.ofNullable(claim.getStatus())
                .map(status -> status.getCapacity())
                .or(() -> Optional.ofNullable(claim.getSpec().getResources()).map(needs -> needs.getRequests()))
                .map((Map<String, Quantity> sizes) -> sizes.get("storage"))
                .map(DiskResolution::bytes)
                .orElse(0L);
        long usable = (capacity - capacity / FILE_SYSTEM_SHARE) / MIB * MIB;
        return usable > 0 ? usable : null;
    }

    private static long bytes(Quantity size) {
        return Quantity.getAmountInBytes(size).longValue();
    }

    private static String subject(Disk disk) {
        return "disk \"" + disk.name() + "\": ";
    }
}
