package io.kubehv.launcher;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the pod must offer to a definition that is in order itself. */
final class PodRules {
    private static final int UNIX_MODE_TYPE = 0170000;
    private static final int UNIX_MODE_BLOCK_DEVICE = 0060000;

    private final List<Problem> problems = new ArrayList<>();

    private PodRules() {}

    /** All problems; empty if the machine can be run here. */
    static List<Problem> check(VirtualMachineDefinition definition, Accelerator accelerator) throws IOException {
        PodRules rules = new PodRules();
        if (definition.acceleration() == Acceleration.REQUIRED && accelerator != Accelerator.KVM) {
            rules.problem(
                    "acceleration",
                    "Required",
                    "this node offers no KVM that works",
                    "set it to Preferred, or use a node with the label kubehv.io/accelerator=KVM");
        }
        for (int i = 0; i < definition.disks().size(); i++) {
            Disk disk = definition.disks().get(i);
            rules.file("disks[" + i + "].path", disk.path(), disk.blockDevice(), disk.readOnly());
        }
        for (int i = 0; i < definition.dvdDrives().size(); i++) {
            DvdDrive drive = definition.dvdDrives().get(i);
            String path = drive.path();
            if (path != null) {
                rules.file("dvdDrives[" + i + "].path", path, drive.blockDevice(), true);
            }
        }
        String restorePath = definition.restorePath();
        if (restorePath != null && !Files.isReadable(Path.of(restorePath))) {
            rules.problem("restorePath", restorePath, "there is no saved state", "start the VM without it");
        }
        return List.copyOf(rules.problems);
    }

    private void file(String field, String name, boolean blockDevice, boolean readOnly) throws IOException {
        Path path = Path.of(name);
        if (Files.isSymbolicLink(path)) {
            problem(field, name, "it is a symbolic link, which could lead anywhere", "make it a file");
        } else if (!Files.exists(path)) {
            problem(field, name, "there is no such file", "import or write the disk first, or make it blank");
        } else if (blockDevice != isBlockDevice(path)) {
            problem(
                    field,
                    name,
                    blockDevice ? "it is no block device" : "it is no regular file",
                    "give the volume the volumeMode that the disk says");
        } else if (!Files.isReadable(path) || (!readOnly && !Files.isWritable(path))) {
            problem(
                    field,
                    name,
                    "the VM's user (107) may not " + (readOnly ? "read" : "write") + " it",
                    "use a volume that follows the pod's fsGroup");
        } else if (!blockDevice && Files.size(path) == 0) {
            problem(field, name, "the file is empty", "import or write the disk first, or make it blank");
        }
    }

    private static boolean isBlockDevice(Path path) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & UNIX_MODE_TYPE) == UNIX_MODE_BLOCK_DEVICE;
    }

    private void problem(String field, String value, String rule, String fix) {
        problems.add(new Problem(field, value, rule, fix));
    }
}
