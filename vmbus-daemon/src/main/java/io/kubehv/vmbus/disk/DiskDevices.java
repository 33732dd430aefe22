package io.kubehv.vmbus.disk;

import io.kubehv.hv.hotplug.DiskSettings;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import io.kubehv.hv.linux.fs.OpenFile;
import java.util.List;

/**
 * The disks of one QEMU, as {@link io.kubehv.hv.hotplug.LiveDisks} does it; each method throws {@link
 * io.kubehv.vmbus.fault.HypervisorRefusedException} or {@link io.kubehv.vmbus.fault.HypervisorLostException}.
 */
public interface DiskDevices {
    List<PresentDisk> present();

    void add(String name, DiskSettings settings, OpenFile file, Origin origin);

    void add(String name, DiskSettings settings, String path);

    /** Returns whether nothing is left of it. */
    boolean remove(String name);

    void insert(String drive, OpenFile file, Origin origin);

    void insert(String drive, String path);

    /** Returns whether nothing is left of it. */
    boolean eject(String drive, boolean force);

    /** The size that a file has which QEMU can open itself. */
    long fileSize(String path);

    void resize(PresentDisk disk, long bytes);
}
