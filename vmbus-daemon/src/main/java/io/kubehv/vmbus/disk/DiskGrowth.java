package io.kubehv.vmbus.disk;

import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/** Tells a guest when its disks' files have grown. For one thread. */
final class DiskGrowth {
    private static final Logger LOG = System.getLogger(DiskGrowth.class.getName());

    private final DiskFiles files;
    private final String podUid;
    private List<Long> known = List.of();

    DiskGrowth(DiskFiles files, String podUid) {
        this.files = files;
        this.podUid = podUid;
    }

    void look(DiskDevices devices, List<PresentDisk> present, List<OwnDisk> own) {
        try {
            List<Long> sizes = files.sizes(podUid);
            // QEMU opens each file once more to see its size; that is asked for only when some file has another.
            boolean news = !sizes.equals(known);
            for (PresentDisk disk : present) {
                if (disk.plugged() && !disk.dvd()) {
                    look(devices, disk, own, news);
                }
            }
            known = sizes;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "can't look for the sizes of the disks of pod " + podUid, e);
        }
    }

    private void look(DiskDevices devices, PresentDisk disk, List<OwnDisk> own, boolean news) throws IOException {
        Origin origin = disk.origin();
        boolean isFile = own.stream().anyMatch(mine -> disk.path().equals(mine.path()) && !mine.dvd());
        if (origin != null) {
            devices.resize(disk, files.size(origin.podUid()));
        } else if (news && isFile && disk.path().endsWith("/disk.img")) {
            devices.resize(disk, devices.fileSize(disk.path()));
        }
    }
}
