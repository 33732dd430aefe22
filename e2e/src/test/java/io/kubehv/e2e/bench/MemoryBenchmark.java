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

    /**
     * A machine to measure.
     *
     * @param machine as {@code l1-memory.sh} calls it
     * @param more lines of its spec
     */
    private record Kind(String machine, int generation, String words, String more, String reservedByKubeVirt) {}

    private static final Kind FIRST = new Kind("1", 1, "generation 1", "", "290 MiB");
    private static final Kind SECURE = new Kind("2-secure", 2, "generation 2, Secure Boot and TPM", """
              security: {tpm: {enabled: true}}
            """, "343 MiB");
    private static final List<Kind> KINDS = List.of(FIRST, new Kind("2", 2, "generation 2", """
                      firmware: {secureBoot: {enabled: false}}
                    """, "290 MiB"), SECURE);
    private static final List<Kind> WITH_KVM = List.of(FIRST, SECURE);

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
            for (Kind kind : KINDS) {
                measure(laboratory, kind, table);
            }
            for (LevelOne account :
                    LevelOne.measure(WITH_KVM.stream().map(Kind::machine).toArray(String[]::new))) {
                Kind kind = KINDS.stream()
                        .filter(candidate -> candidate.machine().equals(account.machine()))
                        .findFirst()
                        .orElseThrow();
                table.row(
                        kind.words() + ", KVM (nested)" + (account.booted() ? "" : ", in its firmware yet"),
                        Mebibytes.of(account.overhead()),
                        Mebibytes.of(account.anonymousOverhead()),
                        Mebibytes.of(declaredWithKvm(laboratory, kind)),
                        kind.reservedByKubeVirt());
            }
        }
        return List.of(table.note(
                        "Measured: the proportional set size (PSS) of every process in the pod, less the mapping that is"
                                + " the guest's RAM. Pages of files are shared between VMs of a node; an idle node shows the"
                                + " most.")
                .note("KubeVirt: what it adds to the pod's request for a VM of this size, by its own formula."));
    }

    private static void measure(Laboratory laboratory, Kind kind, Table table) {
        String name = "idle-" + kind.machine();
        laboratory.apply(Manifests.tiny(name, kind.generation(), kind.more()));
        Machine idle = laboratory.machine(name);
        idle.awaitGuest();
        Pod pod = idle.pod().orElseThrow();
        PodMemory memory = PodMemory.of(laboratory.cluster(), pod);
        table.row(
                "%s, %s".formatted(kind.words(), idle.get().getStatus().accelerator()),
                Mebibytes.of(memory.overhead(RAM)),
                Mebibytes.of(memory.anonymousOverhead(RAM)),
                Mebibytes.of(PodMemory.declaredOverhead(pod, RAM)),
                kind.reservedByKubeVirt());
    }

    /** Only a VM that requires KVM is spared the room for emulation. The pod tells it, whether a node can run it or not. */
    private static long declaredWithKvm(Laboratory laboratory, Kind kind) {
        String name = "kvm-" + kind.machine();
        laboratory.apply(Manifests.tiny(name, kind.generation(), kind.more() + "  acceleration: Required"));
        laboratory
                .await("the pod of " + name, Laboratory.BOOT)
                .until(() -> laboratory.machine(name).pod().isPresent());
        return PodMemory.declaredOverhead(laboratory.machine(name).pod().orElseThrow(), RAM);
    }
}
