package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Disks, DVD drives and the cloud-init seed. */
final class DiskArguments {
    private static final int IDE_UNITS = 2;

    private final VirtualMachineDefinition definition;
    private final PodFiles files;
    private final PodFacts facts;
    private int virtio;
    private int scsi;
    private int ide;

    DiskArguments(VirtualMachineDefinition definition, PodFiles files, PodFacts facts) {
        this.definition = definition;
        this.files = files;
        this.facts = facts;
    }

    void addTo(List<String> arguments) {
        // No more threads than can be busy at once: each costs memory. One is always there, for disks that come later.
        int threads =
                Math.clamp(definition.disks().size(), 1, definition.processor().count());
        for (int i = 0; i < threads; i++) {
            add(arguments, "-object", Options.of("iothread").with("id", "io-" + i));
        }
        scsiController(arguments);
        for (int i = 0; i < definition.disks().size(); i++) {
            disk(arguments, definition.disks().get(i), i % threads);
        }
        for (DvdDrive drive : definition.dvdDrives()) {
            dvdDrive(arguments, drive);
        }
        if (definition.cloudInit() != null) {
            seed(arguments);
        }
    }

    /** There also without disks: they may be added later. */
    private void scsiController(List<String> arguments) {
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("virtio-scsi-pci").with("id", "scsi").with("iothread", "io-0"), PciSlots.SCSI));
    }

    private void disk(List<String> arguments, Disk disk, int thread) {
        String node = DiskNames.disk(disk.name());
        add(arguments, "-blockdev", file(node, disk));
        String drive = node;
        Long maximum = disk.maximumIops();
        if (maximum != null) {
            drive = limited(arguments, node, maximum);
        }
        Options device = switch (disk.bus()) {
            case VIRTIO ->
                PciSlots.placeDisk(
                        Options.of("virtio-blk-pci")
                                .with("id", DiskNames.device(node))
                                .with("drive", drive)
                                .with("iothread", "io-" + thread),
                        virtio++);
            case SCSI -> onScsi(Options.of("scsi-hd").with("id", DiskNames.device(node)), drive);
            case IDE -> onIde(Options.of("ide-hd").with("id", DiskNames.device(node)), drive);
        };
        device.with("serial", DiskNames.serial(disk.name()));
        if (!disk.readOnly()) {
            // A full volume pauses the guest instead of failing its writes.
            device.with("werror", "enospc").with("rerror", "report");
        }
        add(arguments, "-device", booting(device, disk.bootIndex()));
    }

    private Options file(String node, Disk disk) {
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
        return file;
    }

    /** Puts a limit between the disk and its file; returns the node that the device uses. */
    private static String limited(List<String> arguments, String node, long maximum) {
        String group = DiskNames.limits(node);
        add(
                arguments,
                "-object",
                Options.of("throttle-group")
                        .with("id", group)
                        .with("x-iops-total", maximum)
                        .with("x-iops-size", Disk.REQUEST_BYTES));
        String limited = DiskNames.limited(node);
        add(
                arguments,
                "-blockdev",
                Options.of("driver", "throttle")
                        .with("node-name", limited)
                        .with("throttle-group", group)
                        .with("file", node));
        return limited;
    }

    private void dvdDrive(List<String> arguments, DvdDrive drive) {
        String node = DiskNames.medium(drive.name());
        String path = drive.path();
        if (path != null) {
            add(
                    arguments,
                    "-blockdev",
                    Options.of("driver", drive.blockDevice() ? "host_device" : "file")
                            .with("node-name", node)
                            .with("filename", path)
                            .with("read-only", true)
                            .with("aio", "threads"));
        }
        String medium = path == null ? null : node;
        Options device = definition.generation() == 1
                ? onIde(Options.of("ide-cd").with("id", DiskNames.device(node)), medium)
                : onScsi(Options.of("scsi-cd").with("id", DiskNames.device(node)), medium);
        add(arguments, "-device", booting(device.with("serial", DiskNames.serial(drive.name())), drive.bootIndex()));
    }

    private Options onScsi(Options device, @Nullable String drive) {
        device.with("bus", "scsi.0").with("scsi-id", scsi++);
        return drive == null ? device : device.with("drive", drive);
    }

    private Options onIde(Options device, @Nullable String drive) {
        device.with("bus", "ide." + ide / IDE_UNITS).with("unit", ide % IDE_UNITS);
        ide++;
        return drive == null ? device : device.with("drive", drive);
    }

    private static Options booting(Options device, @Nullable Integer bootIndex) {
        return bootIndex == null ? device : device.with("bootindex", bootIndex);
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
