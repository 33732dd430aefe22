package io.kubehv.vmbus.machine;

import io.kubehv.hv.hotplug.DiskSettings;
import io.kubehv.hv.hotplug.LiveDisks;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.vmbus.disk.DiskDevices;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.util.List;

/** The disks of a QEMU, over QMP. */
record QemuDisks(LiveDisks disks) implements DiskDevices {
    @Override
    public List<PresentDisk> present() {
        return QemuAnswers.asked(disks::present);
    }

    @Override
    public void add(String name, DiskSettings settings, OpenFile file, Origin origin) {
        QemuAnswers.told(() -> disks.add(name, settings, file, origin));
    }

    /** Only QEMU can find out whether the file takes direct access, by opening it. */
    @Override
    public void add(String name, DiskSettings settings, String path) {
        try {
            QemuAnswers.told(() -> disks.add(name, settings, path, true));
        } catch (HypervisorRefusedException e) {
            QemuAnswers.told(() -> disks.add(name, settings, path, false));
        }
    }

    @Override
    public boolean remove(String name) {
        return QemuAnswers.asked(() -> disks.remove(name));
    }

    @Override
    public void insert(String drive, OpenFile file, Origin origin) {
        QemuAnswers.told(() -> disks.insert(drive, file, origin));
    }

    @Override
    public void insert(String drive, String path) {
        QemuAnswers.told(() -> disks.insert(drive, path));
    }

    @Override
    public boolean eject(String drive, boolean force) {
        return QemuAnswers.asked(() -> disks.eject(drive, force));
    }

    @Override
    public long fileSize(String path) {
        return QemuAnswers.asked(() -> disks.fileSize(path));
    }

    @Override
    public void resize(PresentDisk disk, long bytes) {
        QemuAnswers.told(() -> disks.resize(disk, bytes));
    }
}
