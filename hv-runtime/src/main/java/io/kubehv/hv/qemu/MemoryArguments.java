package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.util.List;

/** The guest's memory, spread over NUMA nodes where asked, and its balloon. */
final class MemoryArguments {
    private static final int MIB_SHIFT = 20;

    private final VirtualMachineDefinition definition;

    MemoryArguments(VirtualMachineDefinition definition) {
        this.definition = definition;
    }

    void addTo(List<String> arguments) {
        long mebibytes = definition.memory().startupBytes() >> MIB_SHIFT;
        int nodes = definition.processor().numaNodes();
        add(arguments, "-m", Options.of("size", mebibytes + "M"));
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
        balloon(arguments);
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
