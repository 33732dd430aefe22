package io.kubehv.launcher;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.machine.PodFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the files that QEMU expects. Doing it again changes nothing. */
final class Preparation {
    private final VirtualMachineDefinition definition;
    private final PodFiles files;

    Preparation(VirtualMachineDefinition definition, PodFiles files) {
        this.definition = definition;
        this.files = files;
    }

    void prepare() throws IOException, LaunchException {
        for (Disk disk : definition.disks()) {
            Long size = disk.sizeBytes();
            if (size != null) {
                makeBlank(disk, size);
            }
        }
        if (definition.generation() == 2) {
            new FirmwareVariables(definition.firmware(), files).makeOnce();
        }
        CloudInit cloudInit = definition.cloudInit();
        if (cloudInit != null) {
            writeSeed(cloudInit);
        }
        markPlaceForMemory();
    }

    /** The node's daemon sees a pod's volumes without their names, and may have to find it with nobody to ask. */
    private void markPlaceForMemory() throws IOException {
        Path mark = files.placeForMemory();
        if (Files.isDirectory(files.savedStateDirectory()) && !Files.exists(mark)) {
            Files.createFile(mark);
        }
    }

    /** Only where nothing is yet: a disk that has any content is never touched. */
    private static void makeBlank(Disk disk, long size) throws IOException, LaunchException {
        Path path = Path.of(disk.path());
        if (Files.exists(path) && Files.size(path) > 0) {
            return;
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            file.getFD().sync();
        } catch (IOException e) {
            throw new LaunchException("disk " + disk.name() + ": a blank of " + size + " bytes can't be made at " + path
                    + " (" + e.getMessage() + "); free room in its volume or use another one");
        }
    }

    /** The files of cloud-init's NoCloud source. The instance is the VM: its identity changes when the VM is another one. */
    private void writeSeed(CloudInit cloudInit) throws IOException, LaunchException {
        Path seed = files.seedDirectory();
        Files.createDirectories(seed);
        Files.writeString(
                seed.resolve("meta-data"),
                "instance-id: " + definition.uuid() + "\nlocal-hostname: " + definition.name() + "\n");
        String userData =
                document(cloudInit.userData(), cloudInit.userDataDirectory(), List.of("userData", "userdata"));
        // Without a user-data file NoCloud doesn't take the disk for a seed at all.
        Files.writeString(seed.resolve("user-data"), userData == null ? "" : userData);
        String networkData = document(
                cloudInit.networkData(), cloudInit.networkDataDirectory(), List.of("networkData", "networkdata"));
        if (networkData == null) {
            Files.deleteIfExists(seed.resolve("network-config"));
        } else {
            Files.writeString(seed.resolve("network-config"), networkData);
        }
    }

    private static @Nullable String document(@Nullable String inline, @Nullable String directory, List<String> keys)
            throws IOException, LaunchException {
        if (directory == null) {
            return inline;
        }
        List<String> tried = new ArrayList<>();
        for (String key : keys) {
            try {
                return Files.readString(Path.of(directory, key));
            } catch (NoSuchFileException e) {
                // The other spelling may be there.
                tried.add(key);
            }
        }
        throw new LaunchException("cloudInit: the Secret mounted at " + directory + " has none of the keys " + tried
                + "; add one of them");
    }
}
