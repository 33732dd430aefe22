package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.fault.SaveException;
import io.kubehv.vmbus.files.MountPoints;
import io.kubehv.vmbus.files.PodDirectory;
import io.kubehv.vmbus.saving.SavedMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a VM's files are on the node.
 *
 * @param pods the kubelet's directory of pods
 * @param podUid the VM's pod
 */
record MachineFiles(Path pods, MountPoints mounts, String podUid) {
    PodDirectory ofMachine() {
        return new PodDirectory(pods, podUid);
    }

    /**
     * The place for the memory on the volume of a save pod.
     *
     * @throws SaveException when it has no such volume
     */
    SavedMemory toSaveTo(String savePodUid) {
        try {
            List<Path> volumes = new PodDirectory(pods, savePodUid).volumes();
            if (volumes.size() != 1) {
                throw new SaveException("the save pod has %d volumes on this node".formatted(volumes.size()));
            }
            if (!mounts.contains(volumes.getFirst())) {
                throw new SaveException("the volume is not mounted at " + volumes.getFirst());
            }
            return new SavedMemory(volumes.getFirst());
        } catch (IOException e) {
            throw new SaveException("can't look for the volume of the save pod", e);
        }
    }

    /**
     * The place for the memory on the volume that the VM's own pod keeps for it. It is known by a mark, for the same reason
     * as a saved memory is known by its name.
     *
     * @throws SaveException when it has no such volume
     */
    SavedMemory toSaveTo() {
        try {
            List<SavedMemory> places = ofMachine().volumes().stream()
                    .map(SavedMemory::new)
                    .filter(SavedMemory::isPlace)
                    .toList();
            if (places.size() != 1 || !mounts.contains(places.getFirst().volume())) {
                throw new SaveException("the VM's pod has %d volumes that are marked as the place for its memory"
                        .formatted(places.size()));
            }
            return places.getFirst();
        } catch (IOException e) {
            throw new SaveException("can't look for the volume that the VM's pod keeps for its memory", e);
        }
    }

    /**
     * The memory that the VM is to go on from. It is known by its name and what it begins with: volumes' directories are
     * not named after the pod's volumes, and looking up claims would take rights on all of them.
     */
    Optional<SavedMemory> toResumeFrom() {
        try {
            return ofMachine().volumes().stream()
                    .map(SavedMemory::new)
                    .filter(SavedMemory::exists)
                    .findFirst();
        } catch (IOException e) {
            throw new SaveException("can't look for the saved memory", e);
        }
    }
}
