package io.kubehv.vmbus.disk;

import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.DiskQos;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.hotplug.DiskSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk or DVD drive that a VM's spec asks for.
 *
 * @param pluggable it may come to and leave a running machine
 * @param claim null: the drive is to be empty
 */
public record WantedDisk(
        String name,
        boolean dvd,
        boolean pluggable,
        @Nullable String claim,
        DiskSettings settings) {
    private static final DiskSettings MEDIUM = new DiskSettings(true, null);

    /** All that a VM asks for. */
    public static List<WantedDisk> of(VirtualMachine machine) {
        List<WantedDisk> wanted = new ArrayList<>();
        for (Disk disk : CheckpointOrigin.disksOf(machine)) {
            wanted.add(new WantedDisk(
                    disk.name(),
                    false,
                    disk.bus() == null || disk.bus() == DiskBus.SCSI,
                    claim(machine, disk),
                    new DiskSettings(Boolean.TRUE.equals(disk.readOnly()), maximumIops(disk.qos()))));
        }
        for (DvdDrive drive : Objects.requireNonNullElse(machine.getSpec().dvdDrives(), List.<DvdDrive>of())) {
            String claim = drive.virtualHardDisk() != null ? drive.virtualHardDisk() : drive.persistentVolumeClaim();
            wanted.add(new WantedDisk(drive.name(), true, true, claim, MEDIUM));
        }
        return wanted;
    }

    private static String claim(VirtualMachine machine, Disk disk) {
        if (disk.virtualHardDisk() != null) {
            return disk.virtualHardDisk();
        }
        return disk.persistentVolumeClaim() != null
                ? disk.persistentVolumeClaim()
                : DerivedName.of(machine.getMetadata().getName(), disk.name());
    }

    private static @Nullable Long maximumIops(@Nullable DiskQos qos) {
        // Zero is Hyper-V's way to say that there is no limit.
        return qos == null || qos.maximumIOPS() == null || qos.maximumIOPS() == 0 ? null : qos.maximumIOPS();
    }
}
