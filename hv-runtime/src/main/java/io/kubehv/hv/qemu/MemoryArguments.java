package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.util.List;

/** The guest's memory, spread over NUMA nodes where asked, room for more of it, and its balloon. */
final class MemoryArguments {
    private static final int MIB_SHIFT = 20;

    /** What virtio-mem gives and takes at once. QEMU's own choice depends on the node, and a saved memory needs the same. */
    private static final long BLOCK_MIB = 2;

    /** Linux takes memory on in pieces of 128 MiB and leaves unused what is less at the end. */
    private static final long GUEST_BLOCK_MIB = 128;

    private final VirtualMachineDefinition definition;

    MemoryArguments(VirtualMachineDefinition definition) {
        this.definition = definition;
    }

    void addTo(List<String> arguments) {
        long mebibytes = definition.memory().startupBytes() >> MIB_SHIFT;
        int nodes = definition.processor().numaNodes();
        long room = (definition.memory().maximumBytes() >> MIB_SHIFT) - mebibytes;
        long regions = nodes * region(room, nodes);
        Options size = Options.of("size", mebibytes + "M");
        add(arguments, "-m", room == 0 ? size : size.with("maxmem", mebibytes + regions + "M"));
        if (nodes == 1) {
            add(arguments, "-object", backend("ram", mebibytes));
        }
        for (int node = 0; nodes > 1 && node < nodes; node++) {
            long share = mebibytes / nodes + (node == 0 ? mebibytes % nodes : 0);
            add(arguments, "-object", backend("ram-" + node, share));
            int perNode = definition.processor().maximum() / nodes;
            add(
                    arguments,
                    "-numa",
                    Options.of("node")
                            .with("nodeid", node)
                            .with("cpus", node * perNode + "-" + ((node + 1) * perNode - 1))
                            .with("memdev", "ram-" + node));
        }
        if (room > 0) {
            room(arguments, region(room, nodes), nodes);
        }
        balloon(arguments);
    }

    /** How large each node's room is. More than what was asked for: how much of it the guest gets is its daemon's to say. */
    private static long region(long room, int nodes) {
        long share = Math.ceilDiv(room, nodes);
        return Math.ceilDiv(share, GUEST_BLOCK_MIB) * GUEST_BLOCK_MIB;
    }

    private void room(List<String> arguments, long mebibytes, int nodes) {
        for (int node = 0; node < nodes; node++) {
            add(arguments, "-object", backend("room-" + node, mebibytes));
            Options device = Options.of("virtio-mem-pci")
                    .with("id", "memory-" + node)
                    .with("memdev", "room-" + node)
                    .with("block-size", BLOCK_MIB + "M");
            PciSlots.placeMemory(nodes > 1 ? device.with("node", node) : device, node, nodes == 1);
            add(arguments, "-device", device);
        }
    }

    private Options backend(String id, long mebibytes) {
        Long hugePage = definition.memory().hugePageBytes();
        if (hugePage == null) {
            return Options.of("memory-backend-ram").with("id", id).with("size", mebibytes + "M");
        }
        // By memfd: no mount is needed, and the pod's limit of huge pages bounds it.
        return Options.of("memory-backend-memfd")
                .with("id", id)
                .with("size", mebibytes + "M")
                .with("hugetlb", true)
                .with("hugetlbsize", (hugePage >> MIB_SHIFT) + "M")
                .with("prealloc", true)
                .with("share", false);
    }

    private void balloon(List<String> arguments) {
        // Pages that the guest has freed go back to the node.
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("virtio-balloon-pci")
                                .with("id", "balloon")
                                .with("free-page-reporting", true)
                                .with("deflate-on-oom", true),
                        PciSlots.BALLOON));
    }
}
