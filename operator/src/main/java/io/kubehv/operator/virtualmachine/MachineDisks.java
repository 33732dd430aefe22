package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.virtualmachine.dependent.TemplateDisk;
import java.util.List;
import java.util.stream.Stream;

/** A VM's disks as its spec has them, and the claims that they are on. */
public final class MachineDisks {
    private MachineDisks() {}

    /** The VM's disks, and what is in its DVD drives: to a pod, a disk that is only read. */
    static Stream<Disk> disks(VirtualMachine machine) {
        List<DvdDrive> drives = machine.getSpec().dvdDrives();
        return Stream.concat(
                CheckpointOrigin.disksOf(machine).stream(),
                (drives == null ? Stream.<DvdDrive>empty() : drives.stream())
                        .filter(drive -> drive.virtualHardDisk() != null || drive.persistentVolumeClaim() != null)
                        .map(drive -> new Disk(
                                drive.name(),
                                drive.virtualHardDisk(),
                                drive.persistentVolumeClaim(),
                                null,
                                null,
                                null,
                                null,
                                true)));
    }

    /** The VM's disks that it writes to. */
    public static Stream<Disk> writtenDisks(VirtualMachine machine) {
        return CheckpointOrigin.disksOf(machine).stream().filter(disk -> !Boolean.TRUE.equals(disk.readOnly()));
    }

    /** Whether the disk is made from the checkpoint that the VM is made from. */
    public static boolean isOfCheckpoint(Disk disk) {
        return disk.virtualHardDisk() == null && disk.persistentVolumeClaim() == null && disk.template() == null;
    }

    public static String claimName(VirtualMachine machine, Disk disk) {
        if (disk.virtualHardDisk() != null) {
            return disk.virtualHardDisk();
        }
        return disk.persistentVolumeClaim() != null ? disk.persistentVolumeClaim() : TemplateDisk.name(machine, disk);
    }
}
