package io.kubehv.e2e.bench;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.Manifests;
import io.kubehv.e2e.PodMemory;
import java.util.List;
import java.util.stream.IntStream;

/** What our programs themselves hold while 20 VMs run. */
final class FootprintBenchmark implements Benchmark {
    private static final int MACHINES = Integer.getInteger("bench.machines", 20);
    private static final String NONE = "—";

    @Override
    public List<Table> run(Cluster cluster) {
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            List<String> names =
                    IntStream.range(0, MACHINES).mapToObj("vm-%02d"::formatted).toList();
            names.forEach(name -> laboratory.apply(Manifests.diskless(name, "")));
            names.forEach(name -> laboratory.machine(name).awaitState(VirtualMachineState.RUNNING));

            Table table = new Table(
                    "Memory of our programs with %d VMs running".formatted(MACHINES),
                    "program",
                    "resident",
                    "proportional",
                    "goal (resident)",
                    "KubeVirt");
            rows(table, cluster, "vmbus-daemon", "128 MiB", "20 MB (virt-handler)");
            rows(table, cluster, "csi-checkpoint-driver", "96 MiB", NONE);
            rows(table, cluster, "operator", "256 MiB at 1,000 VMs", "99 MB (virt-controller) + 165 MB (virt-api)");
            return List.of(table.note("A row for each pod; all its processes, sidecars too.")
                    .note(
                            "KubeVirt: resident memory at 100 VMs, as its performance lane for Kubernetes 1.34 published it"
                                    + " for the week of 20 July 2026. Its programs are in Go, ours run on a JVM."));
        }
    }

    private static void rows(Table table, Cluster cluster, String program, String goal, String peer) {
        for (Pod pod : cluster.systemPods(program)) {
            PodMemory memory = PodMemory.of(cluster, pod);
            table.row(
                    program + " on " + pod.getSpec().getNodeName(),
                    Mebibytes.of(memory.resident()),
                    Mebibytes.of(memory.proportional()),
                    goal,
                    peer);
        }
    }
}
