package io.kubehv.vmbus.disk;

import io.kubehv.hv.hotplug.DiskSettings;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The disks of a QEMU that obeys, or that keeps what it is to let go of for a while. */
public final class FakeDisks implements DiskDevices {
    public final List<String> orders = new ArrayList<>();
    public final List<PresentDisk> present = new ArrayList<>();
    /** How many more times it keeps what it is to let go of. */
    public int clings;

    public boolean refuses;
    public long size = 1;

    @Override
    public List<PresentDisk> present() {
        return List.copyOf(present);
    }

    private void order(String order) {
        orders.add(order);
        if (refuses) {
            throw new HypervisorRefusedException("no room", new IOException("no room"));
        }
    }

    @Override
    public void add(String name, DiskSettings settings, OpenFile file, Origin origin) {
        order("add " + name);
        present.add(new PresentDisk(name, false, true, "/dev/fdset/1", size, origin, true));
    }

    @Override
    public void add(String name, DiskSettings settings, String path) {
        order("add " + name + " from " + path);
        present.add(new PresentDisk(name, false, true, path, size, null, true));
    }

    @Override
    public boolean remove(String name) {
        order("remove " + name);
        return isGone(name);
    }

    private boolean isGone(String name) {
        if (clings > 0) {
            clings--;
            return false;
        }
        present.removeIf(disk -> disk.name().equals(name));
        return true;
    }

    @Override
    public void insert(String drive, OpenFile file, Origin origin) {
        order("insert " + drive);
        present.add(new PresentDisk(drive, true, true, "/dev/fdset/1", size, origin, false));
    }

    @Override
    public void insert(String drive, String path) {
        order("insert " + drive + " from " + path);
        present.add(new PresentDisk(drive, true, true, path, size, null, false));
    }

    @Override
    public boolean eject(String drive, boolean force) {
        order((force ? "force " : "eject ") + drive);
        if (force) {
            clings = 0;
        }
        return isGone(drive);
    }

    @Override
    public long fileSize(String path) {
        orders.add("size of " + path);
        return size;
    }

    @Override
    public void resize(PresentDisk disk, long bytes) {
        if (bytes > disk.bytes()) {
            orders.add("resize " + disk.name() + " to " + bytes);
            present.replaceAll(old -> old.equals(disk)
                    ? new PresentDisk(disk.name(), disk.dvd(), true, disk.path(), bytes, disk.origin(), disk.came())
                    : old);
        }
    }
}
