package io.kubehv.hv.hotplug;

import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.qemu.DiskNames;
import java.util.HashMap;
import java.util.Map;

/** What QMP is told of a disk: the same as the command line would say of it. */
final class HotPlugArguments {
    private HotPlugArguments() {}

    static Map<String, Object> file(String node, String path, boolean readOnly, boolean direct) {
        Map<String, Object> file = new HashMap<>(Map.of(
                "driver",
                "file",
                "node-name",
                node,
                "filename",
                path,
                "read-only",
                readOnly,
                "aio",
                "threads",
                "cache",
                Map.of("direct", direct)));
        if (!readOnly) {
            file.put("discard", "unmap");
            file.put("detect-zeroes", "unmap");
        }
        return file;
    }

    static Map<String, Object> limits(String node, long maximumIops) {
        return Map.of(
                "qom-type",
                "throttle-group",
                "id",
                DiskNames.limits(node),
                "x-iops-total",
                maximumIops,
                "x-iops-size",
                Disk.REQUEST_BYTES);
    }

    static Map<String, Object> limited(String node) {
        return Map.of(
                "driver",
                "throttle",
                "node-name",
                DiskNames.limited(node),
                "throttle-group",
                DiskNames.limits(node),
                "file",
                node);
    }

    /** QEMU gives it the lowest place on the bus that is free. */
    static Map<String, Object> device(String name, DiskSettings settings) {
        String node = DiskNames.disk(name);
        Map<String, Object> device = new HashMap<>(Map.of(
                "driver",
                "scsi-hd",
                "id",
                DiskNames.device(node),
                "bus",
                "scsi.0",
                "drive",
                settings.maximumIops() == null ? node : DiskNames.limited(node),
                "serial",
                DiskNames.serial(name)));
        if (!settings.readOnly()) {
            // A full volume pauses the guest instead of failing its writes.
            device.put("werror", "enospc");
            device.put("rerror", "report");
        }
        return device;
    }
}
