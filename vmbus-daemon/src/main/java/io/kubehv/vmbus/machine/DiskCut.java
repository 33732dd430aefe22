package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.checkpoint.VolumeSnapshots.Cut;
import io.kubehv.vmbus.disk.OwnDisk;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.fault.VmbusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The cut of a VM's disks. Where a disk is in so many pieces that its cut takes long, the driver copies it ahead while the
 * guest runs; what the guest writes meanwhile QEMU notes, and it is copied again, pass by pass, so that the cut has to do with
 * the last pass only. Where QEMU can't tell, the driver compares the disk with its copy, which takes the longer the more
 * pieces there are. For one thread.
 */
final class DiskCut {
    private static final Logger LOG = System.getLogger(DiskCut.class.getName());

    /** How often what was written is copied ahead: what is left then is written faster than it is copied. */
    private static final int PASSES = 4;

    /** As much as is copied within some ten milliseconds, in however many pieces it is. */
    private static final long FEW_BYTES = 16L << 20;

    private final CheckpointOrder order;
    private final DiskStates states;
    private final List<OwnDisk> own;
    /** The disks that are copied ahead of which QEMU notes what is written, with the driver's handles of their volumes. */
    private Map<String, String> noted = Map.of();

    private boolean noting;
    private boolean ahead;

    /**
     * Of what an order names.
     *
     * @param own what the VM started with
     */
    DiskCut(CheckpointOrder order, DiskStates states, List<OwnDisk> own) {
        this.order = order;
        this.states = states;
        this.own = own;
    }

    /** Does what can be done while the guest runs. No failure of it is told: it makes the cut longer. */
    void prepare(Hypervisor qemu) {
        noted = begin(qemu);
        noting = !noted.isEmpty();
        Collection<String> copied = copyAhead(Map.of());
        ahead = !copied.isEmpty();
        if (!ahead) {
            end(qemu);
            return;
        }
        Map<String, String> both = new HashMap<>(noted);
        both.values().retainAll(copied);
        noted = both;
        catchUp(qemu);
    }

    /** The same for what was written since. */
    void catchUp(Hypervisor qemu) {
        if (!ahead) {
            return;
        }
        boolean few = false;
        for (int pass = 0; pass < PASSES && !few; pass++) {
            Map<String, List<WrittenRange>> written = written(qemu);
            var _ = copyAhead(written);
            few = written.values().stream()
                            .flatMap(List::stream)
                            .mapToLong(WrittenRange::length)
                            .sum()
                    <= FEW_BYTES;
        }
    }

    /**
     * Keeps the disks as they are, with a guest that writes nothing.
     *
     * @param oursAreKept called when our own driver has kept its disks, before any other driver is asked
     */
    Cut cut(Hypervisor qemu, Duration ours, Runnable oursAreKept, Duration others) {
        return states.cut(order, written(qemu), ours, oursAreKept, others);
    }

    /** Has QEMU note nothing any more. A failure is not told: the next checkpoint removes what is left. */
    void end(Hypervisor qemu) {
        noted = Map.of();
        if (noting) {
            noting = false;
            try {
                qemu.diskWrites().end();
            } catch (VmbusException e) {
                LOG.log(Level.WARNING, () -> order + ": QEMU goes on noting what is written: " + e.getMessage());
            }
        }
    }

    private Map<String, String> begin(Hypervisor qemu) {
        try {
            Map<String, String> present = new HashMap<>();
            for (PresentDisk disk : qemu.disks().present()) {
                volumeOf(disk).ifPresent(volume -> present.put(disk.name(), volume));
            }
            return !present.isEmpty() && qemu.diskWrites().begin(present.keySet()) ? present : Map.of();
        } catch (HypervisorRefusedException e) {
            LOG.log(Level.INFO, () -> order + ": QEMU does not note what is written: " + e.getMessage());
            return Map.of();
        }
    }

    /** By its claim, too: a name may have been given to another disk since. */
    private Optional<String> volumeOf(PresentDisk disk) {
        Origin origin = disk.origin();
        String claim = origin != null
                ? origin.claim()
                : own.stream()
                        .filter(mine -> !mine.dvd() && mine.name().equals(disk.name()))
                        .findFirst()
                        .map(OwnDisk::claim)
                        .orElse(null);
        return order.disks().stream()
                .filter(kept -> kept.ours()
                        && !disk.dvd()
                        && kept.name().equals(disk.name())
                        && Objects.equals(kept.persistentVolumeClaim(), claim))
                .findFirst()
                .map(CheckpointDisk::volumeHandle);
    }

    private Collection<String> copyAhead(Map<String, List<WrittenRange>> written) {
        try {
            return states.ahead(order, written);
        } catch (CheckpointException e) {
            // What was to be copied is not, and will not be told of again.
            noted = Map.of();
            LOG.log(Level.INFO, () -> order + ": less is copied ahead: " + e.getMessage());
            return List.of();
        }
    }

    /** By volume, what was written since it was asked last; of those that are not in it the driver has to find out. */
    private Map<String, List<WrittenRange>> written(Hypervisor qemu) {
        Map<String, List<WrittenRange>> byVolume = new HashMap<>();
        if (noted.isEmpty()) {
            return byVolume;
        }
        try {
            qemu.diskWrites().take(noted.keySet()).forEach((disk, ranges) -> byVolume.put(noted.get(disk), ranges));
        } catch (HypervisorRefusedException e) {
            LOG.log(Level.WARNING, () -> order + ": QEMU does not tell what is written: " + e.getMessage());
            end(qemu);
        }
        return byVolume;
    }
}
