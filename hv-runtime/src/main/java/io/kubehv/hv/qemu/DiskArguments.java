package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import java.util.List;

/** Disks and the cloud-init seed. */
final class DiskArguments {
    /** What virtio-blk has room for. */
    private static final int SERIAL_LENGTH = 20;

    private final VirtualMachineDefinition definition;
    private final PodFiles files;
    private final PodFacts facts;

    DiskArguments(VirtualMachineDefinition definition, PodFiles files, PodFacts facts) {
        this.definition = definition;
        this.files = files;
        this.facts = facts;
    }

    void addTo(List<String> arguments) {
        List<Disk> disks = definition.disks();
        // No more threads than can be busy at once: each costs memory.
        int threads = Math.min(disks.size(), definition.processor().count());
        for (int i = 0; i < threads; i++) {
            add(arguments, "-object", Options.of("iothread").with("id", "io-" + i));
        }
        for (int i = 0; i < disks.size(); i++) {
            disk(arguments, disks.get(i), i, i % threads);
        }
        if (definition.cloudInit() != null) {
            seed(arguments);
        }
    }

    private void disk(List<String> arguments, Disk disk, int index, int thread) {
        String node = "disk-" + disk.name();
        Options file = Options.of("driver", disk.blockDevice() ? "host_device" : "file")
                .with("node-name", node)
                .with("filename", disk.path())
                .with("read-only", disk.readOnly())
                // The guest has a page cache; a second one in the node would only hold the same pages again, and its
                // unwritten ones would be lost to a guest that was told that they are safe elsewhere.
                .with("cache.direct", facts.directDisks().contains(disk.name()))
                // Linux' own asynchronous calls are few in a node (aio-max-nr), and io_uring is not let through.
                .with("aio", "threads");
        if (!disk.readOnly()) {
            // What the guest trims or fills with zeros takes no room in the volume.
            file.with("discard", "unmap").with("detect-zeroes", "unmap");
        }
        add(arguments, "-blockdev", file);
        Options device = Options.of("virtio-blk-pci")
                .with("id", node + "-device")
                .with("drive", node)
                .with("iothread", "io-" + thread)
                .with("serial", serial(disk.name()));
        if (!disk.readOnly()) {
            // A full volume pauses the guest instead of failing its writes.
            device.with("werror", "enospc").with("rerror", "report");
        }
        if (disk.bootIndex() != null) {
            device.with("bootindex", disk.bootIndex());
        }
        add(arguments, "-device", PciSlots.placeDisk(device, index));
    }

    private static String serial(String name) {
        return name.length() > SERIAL_LENGTH ? name.substring(0, SERIAL_LENGTH) : name;
    }

    /** QEMU shows the directory as a FAT disk, so nobody needs to make an image of it. */
    private void seed(List<String> arguments) {
        add(
                arguments,
                "-blockdev",
                Options.of("driver", "vvfat")
                        .with("node-name", "seed")
                        .with("dir", files.seedDirectory())
                        .with("label", "cidata")
                        .with("read-only", true));
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("virtio-blk-pci")
                                .with("id", "seed-device")
                                .with("drive", "seed")
                                .with("serial", "cloud-init-seed"),
                        PciSlots.SEED));
    }
}
