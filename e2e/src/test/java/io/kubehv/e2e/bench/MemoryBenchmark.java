package io.kubehv.e2e.bench;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.Machine;
import io.kubehv.e2e.Manifests;
import io.kubehv.e2e.PodMemory;
import java.util.List;

/** What a VM's pod holds beside its guest's RAM: an idle tiny guest with one processor, on the cluster's accelerator. */
final class MemoryBenchmark implements Benchmark {
    private static final long RAM = 256L << 20;
    private static final String RESERVED_BY_KUBEVIRT = "290 MiB";

    @Override
    public List<Table> run(Cluster cluster) {
        Table table = new Table(
                "Memory of an idle VM's pod beside the guest's RAM",
                "VM",
                "measured",
                "its own (anonymous)",
                "reserved",
                "KubeVirt reserves");
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            measure(laboratory, 1, table);
            measure(laboratory, 2, table);
            for (LevelOne account : LevelOne.measure(1)) {
                table.row(
                        "generation %d, KVM (nested)".formatted(account.generation()),
                        Mebibytes.of(account.overhead()),
                        Mebibytes.of(account.anonymousOverhead()),
                        Mebibytes.of(declaredWithKvm(laboratory, account.generation())),
                        RESERVED_BY_KUBEVIRT);
            }
        }
        return List.of(table.note(
                        "Measured: the proportional set size (PSS) of every process in the pod, less the mapping that is"
                                + " the guest's RAM. Pages of files are shared between VMs of a node; an idle node shows the"
                                + " most.")
                .note("KubeVirt: what it adds to the pod's request for a VM of this size, by its own formula."));
    }

    private static void measure(Laboratory laboratory, int generation, Table table) {
        String name = "idle-" + generation;
        laboratory.apply(Manifests.tiny(name, generation));
        Machine idle = laboratory.machine(name);
        idle.awaitGuest();
        Pod pod = idle.pod().orElseThrow();
        PodMemory memory = PodMemory.of(laboratory.cluster(), pod);
        table.row(
                "generation %d, %s".formatted(generation, idle.get().getStatus().accelerator()),
                Mebibytes.of(memory.overhead(RAM)),
                Mebibytes.of(memory.anonymousOverhead(RAM)),
                Mebibytes.of(PodMemory.declaredOverhead(pod, RAM)),
                RESERVED_BY_KUBEVIRT);
    }

    /** Only a VM that requires KVM is spared the room for emulation. The pod tells it, whether a node can run it or not. */
    private static long declaredWithKvm(Laboratory laboratory, int generation) {
        String name = "kvm-" + generation;
        laboratory.apply(Manifests.tiny(name, generation, "  acceleration: Required"));
        laboratory
                .await("the pod of " + name, Laboratory.BOOT)
                .until(() -> laboratory.machine(name).pod().isPresent());
        return PodMemory.declaredOverhead(laboratory.machine(name).pod().orElseThrow(), RAM);
    }
}
