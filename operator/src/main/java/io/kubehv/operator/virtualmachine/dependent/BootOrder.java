package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.Firmware;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * In which order the firmware tries a VM's devices. What the spec names, and nothing else; or, where it names nothing, the
 * disks, then the DVD drives, then the adapters that say what to boot. Other adapters are only tried where they are named:
 * it takes a while to find nothing there.
 */
final class BootOrder {
    private final List<String> disks = new ArrayList<>();
    private final List<String> dvdDrives = new ArrayList<>();
    private final List<String> bootingAdapters = new ArrayList<>();
    private final @Nullable List<String> named;

    BootOrder(VirtualMachineSpec spec, List<Disk> listed) {
        named = Optional.ofNullable(spec.firmware()).map(Firmware::bootOrder).orElse(null);
        listed.stream()
                .filter(disk -> disk.bootOrder() != null)
                .sorted(Comparator.comparing(disk -> Objects.requireNonNull(disk.bootOrder())))
                .map(Disk::name)
                .forEach(disks::add);
        listed.stream().filter(disk -> disk.bootOrder() == null).map(Disk::name).forEach(disks::add);
        list(spec.dvdDrives()).stream().map(DvdDrive::name).forEach(dvdDrives::add);
        list(spec.networkAdapters()).stream()
                .filter(adapter -> adapter.networkBoot() != null)
                .map(NetworkAdapter::name)
                .forEach(bootingAdapters::add);
    }

    /** From 1; null: never. */
    @Nullable
    Integer ofDisk(String name) {
        return named == null ? (Integer) (disks.indexOf(name) + 1) : place(name);
    }

    /** As of disks. */
    @Nullable
    Integer ofDvdDrive(String name) {
        return named == null ? (Integer) (disks.size() + dvdDrives.indexOf(name) + 1) : place(name);
    }

    /** As of disks; a disk or drive of the same name goes first. */
    @Nullable
    Integer ofAdapter(String name) {
        if (named != null) {
            return disks.contains(name) || dvdDrives.contains(name) ? null : place(name);
        }
        int index = bootingAdapters.indexOf(name);
        return index < 0 ? null : (Integer) (disks.size() + dvdDrives.size() + index + 1);
    }

    private @Nullable Integer place(String name) {
        int index = Objects.requireNonNull(named).indexOf(name);
        return index < 0 ? null : (Integer) (index + 1);
    }

    private static <T> List<T> list(@Nullable List<T> items) {
        return items == null ? List.of() : items;
    }
}
