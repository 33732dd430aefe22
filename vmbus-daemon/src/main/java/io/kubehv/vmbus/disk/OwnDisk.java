package io.kubehv.vmbus.disk;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A disk or DVD drive that the VM started with. Its claim is mounted in the VM's own pod for as long as that lives, so it
 * can leave the machine and come back, and is released for other VMs only when the pod is gone.
 *
 * @param dvd it is a DVD drive
 * @param pluggable it can leave the running machine, or what is in it can
 * @param claim null: the drive was empty
 * @param path the file in the pod; null: the drive was empty
 */
public record OwnDisk(
        String name,
        boolean dvd,
        boolean pluggable,
        @Nullable String claim,
        @Nullable String path) {
    private static final String VOLUME = "disk-";

    /** What a VM's pod says of them, and the definition in it. */
    public static List<OwnDisk> of(Pod pod, VirtualMachineDefinition definition) {
        return of(definition, claims(pod));
    }

    private static List<OwnDisk> of(VirtualMachineDefinition definition, Map<String, String> claims) {
        List<OwnDisk> disks = new ArrayList<>();
        definition
                .disks()
                .forEach(disk -> disks.add(new OwnDisk(
                        disk.name(),
                        false,
                        disk.bus() == Bus.SCSI && !disk.blockDevice(),
                        claims.get(VOLUME + disk.name()),
                        disk.path())));
        definition
                .dvdDrives()
                .forEach(drive -> disks.add(new OwnDisk(
                        drive.name(), true, !drive.blockDevice(), claims.get(VOLUME + drive.name()), drive.path())));
        return disks;
    }

    private static Map<String, String> claims(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .collect(Collectors.toMap(
                        Volume::getName,
                        volume -> volume.getPersistentVolumeClaim().getClaimName()));
    }
}
