package io.kubehv.hv.hotplug;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.hv.qemu.DiskNames;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.DescriptorMonitor;
import io.kubehv.hv.qmp.client.QmpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The disks of a running machine. What a method was told to do and has begun, it goes on with when it is called again:
 * after an unknown outcome, from another daemon, or because QEMU was not ready.
 */
public final class LiveDisks {
    private static final String LIMITED = "throttle";
    private static final String PROBE = "size-probe";
    private static final String SET = "/dev/fdset/";

    private final BlockMonitor monitor;
    private final DescriptorMonitor descriptors;

    /** The disks of the QEMU that both monitors are of. */
    public LiveDisks(QmpClient client, DescriptorMonitor descriptors, Duration timeout) {
        this.monitor = new BlockMonitor(client, timeout);
        this.descriptors = descriptors;
    }

    /** All disks and media that there are, also those that were left half way. */
    public List<PresentDisk> present() throws QmpException {
        Map<String, JsonNode> nodes = monitor.nodes();
        Map<String, JsonNode> devices = monitor.devices();
        Map<Long, Origin> handed = monitor.handed();
        List<PresentDisk> present = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : nodes.entrySet()) {
            String id = entry.getKey();
            JsonNode node = entry.getValue();
            Optional<String> name = name(id, node);
            if (name.isEmpty()) {
                continue;
            }
            String path = node.path("file").asText("");
            boolean dvd = id.equals(DiskNames.medium(name.get()));
            String device = DiskNames.device(id);
            present.add(new PresentDisk(
                    name.get(),
                    dvd,
                    dvd ? holds(devices.get(device), id) : isDevice(devices, device),
                    path,
                    node.path("image").path("virtual-size").asLong(),
                    path.startsWith(SET) ? handed.get(number(path)) : null,
                    !dvd && monitor.cameWhileRunning(device)));
        }
        return present;
    }

    private static Optional<String> name(String id, JsonNode node) {
        for (String prefix : List.of(DiskNames.disk(""), DiskNames.medium(""))) {
            if (id.startsWith(prefix) && !LIMITED.equals(node.path("drv").asText(""))) {
                return Optional.of(id.substring(prefix.length()));
            }
        }
        return Optional.empty();
    }

    /** A virtio-blk disk is told by a path that its id is a part of. */
    private static boolean isDevice(Map<String, JsonNode> devices, String id) {
        return devices.containsKey(id) || devices.keySet().stream().anyMatch(path -> path.contains("/" + id + "/"));
    }

    private static boolean holds(@Nullable JsonNode drive, String medium) {
        return drive != null
                && medium.equals(drive.path("inserted").path("node-name").asText(""));
    }

    private static long number(String path) {
        String digits = path.substring(SET.length());
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : -1;
    }

    /**
     * Adds a SCSI disk from a file that QEMU is handed.
     *
     * @throws QmpCommandException QEMU refused; nothing of it is left, but what {@link #remove} has to be called for
     */
    public void add(String name, DiskSettings settings, OpenFile file, Origin origin) throws QmpException {
        add(name, settings, handOver(file, origin), file.isDirect());
    }

    /** Adds a SCSI disk from a file that QEMU can open itself. */
    public void add(String name, DiskSettings settings, String path, boolean direct) throws QmpException {
        String node = DiskNames.disk(name);
        boolean done = false;
        try {
            monitor.command("blockdev-add", HotPlugArguments.file(node, path, settings.readOnly(), direct));
            Long maximum = settings.maximumIops();
            if (maximum != null) {
                monitor.command("object-add", HotPlugArguments.limits(node, maximum));
                monitor.command("blockdev-add", HotPlugArguments.limited(node));
            }
            monitor.command("device_add", HotPlugArguments.device(name, settings));
            done = true;
        } finally {
            if (!done) {
                var _ = remove(name);
            }
        }
    }

    /**
     * Removes a SCSI disk, or what is left of one.
     *
     * @return whether nothing is left of it; otherwise QEMU needs a moment more
     */
    public boolean remove(String name) throws QmpException {
        String node = DiskNames.disk(name);
        if (isDevice(monitor.devices(), DiskNames.device(node))) {
            var _ = monitor.undo("device_del", Map.of("id", DiskNames.device(node)));
        }
        if (!deleteNode(DiskNames.limited(node))) {
            return false;
        }
        var _ = monitor.undo("object-del", Map.of("id", DiskNames.limits(node)));
        return deleteNode(node) && takeBack(node);
    }

    /** Puts a medium into a drive that is empty. */
    public void insert(String drive, OpenFile file, Origin origin) throws QmpException {
        insert(drive, handOver(file, origin), file.isDirect());
    }

    /** Puts a medium that QEMU can open itself into a drive that is empty. */
    public void insert(String drive, String path) throws QmpException {
        insert(drive, path, false);
    }

    private void insert(String drive, String path, boolean direct) throws QmpException {
        String node = DiskNames.medium(drive);
        Map<String, String> device = Map.of("id", DiskNames.device(node));
        boolean done = false;
        try {
            monitor.command("blockdev-add", HotPlugArguments.file(node, path, true, direct));
            monitor.command("blockdev-open-tray", device);
            Map<String, String> medium = new HashMap<>(device);
            medium.put("node-name", node);
            monitor.command("blockdev-insert-medium", medium);
            monitor.command("blockdev-close-tray", device);
            done = true;
        } finally {
            if (!done) {
                var _ = eject(drive, true);
            }
        }
    }

    /**
     * Takes a medium out of a drive, or what is left of one.
     *
     * @param force also when the guest has locked the drive; otherwise it is asked, and may let go later
     * @return whether nothing is left of it
     */
    public boolean eject(String drive, boolean force) throws QmpException {
        String node = DiskNames.medium(drive);
        String device = DiskNames.device(node);
        if (holds(monitor.devices().get(device), node)) {
            boolean open = monitor.undo("blockdev-open-tray", Map.of("id", device, "force", force));
            if (!open || !monitor.undo("blockdev-remove-medium", Map.of("id", device))) {
                return false;
            }
            var _ = monitor.undo("blockdev-close-tray", Map.of("id", device));
        }
        return deleteNode(node) && takeBack(node);
    }

    /** The size of a file that QEMU can open itself: it is opened once more, as a node keeps the size that it had. */
    public long fileSize(String path) throws QmpException {
        var _ = deleteNode(PROBE);
        monitor.command(
                "blockdev-add",
                Map.of("driver", "file", "node-name", PROBE, "filename", path, "read-only", true, "locking", "off"));
        try {
            return Optional.ofNullable(monitor.nodes().get(PROBE))
                    .map(node -> node.path("image").path("virtual-size").asLong())
                    .orElse(0L);
        } finally {
            var _ = deleteNode(PROBE);
        }
    }

    /** Lets the guest know the size that the disk's file has by now, if it is another. */
    public void resize(PresentDisk disk, long bytes) throws QmpException {
        if (bytes > disk.bytes()) {
            String node = DiskNames.disk(disk.name());
            boolean limited = monitor.nodes().containsKey(DiskNames.limited(node));
            monitor.command(
                    "block_resize", Map.of("node-name", limited ? DiskNames.limited(node) : node, "size", bytes));
        }
    }

    /** Returns whether it is gone. */
    private boolean deleteNode(String node) throws QmpException {
        return !monitor.nodes().containsKey(node) || monitor.undo("blockdev-del", Map.of("node-name", node));
    }

    /** Returns the name by which QEMU opens the file. What was handed over before for the same was never used. */
    private String handOver(OpenFile file, Origin origin) throws QmpException {
        var _ = takeBack(origin.node());
        return SET + descriptors.give(file, origin.label());
    }

    /** QEMU closes the files that it was handed for the node. */
    private boolean takeBack(String node) throws QmpException {
        for (Map.Entry<Long, Origin> handed : monitor.handed().entrySet()) {
            if (handed.getValue().node().equals(node)) {
                var _ = monitor.undo("remove-fd", Map.of("fdset-id", handed.getKey()));
            }
        }
        return true;
    }
}
