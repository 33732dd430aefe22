package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.e2e.AuditLog;
import io.kubehv.e2e.AuditLog.Write;
import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.Manifests;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** How many writes a start costs the API server, by its own audit log. */
final class ApiWritesBenchmark implements Benchmark {
    private static final int MACHINES = 5;

    @Override
    public List<Table> run(Cluster cluster) {
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            List<String> names =
                    IntStream.range(0, MACHINES).mapToObj("vm-%d"::formatted).toList();
            for (String name : names) {
                laboratory.apply(Manifests.diskless(name, ""));
                laboratory.machine(name).awaitState(VirtualMachineState.RUNNING);
            }
            return List.of(table(names, new AuditLog(cluster).writes(laboratory.namespace())));
        }
    }

    private static Table table(List<String> names, List<Write> writes) {
        List<Write> ours = writes.stream().filter(Write::isOfOurPrograms).toList();
        return new Table(
                        "API writes from created to Running, for each of %d VMs".formatted(names.size()),
                        "writes of our programs",
                        "mean",
                        "most",
                        "goal",
                        "KubeVirt")
                .row(cells(
                        "on the VM and its status", names, ours, name -> write -> write.isOnMachine(name), "4", "10.6"))
                .row(cells("on the pod", names, ours, name -> write -> write.isOnPod(name), "2", "3"))
                .note("Counted in the API server's audit log; refused writes count too, the user's own do not.")
                .note(
                        "KubeVirt: writes on virtualmachineinstances (PATCH and UPDATE), and one creation and two patches of"
                                + " the pod, by VM, as its performance lane for Kubernetes 1.34 published them in June 2026.");
    }

    private static String[] cells(
            String what,
            List<String> names,
            List<Write> writes,
            java.util.function.Function<String, Predicate<Write>> on,
            String goal,
            String peer) {
        var counts = names.stream()
                .mapToLong(name -> writes.stream().filter(on.apply(name)).count())
                .summaryStatistics();
        return new String[] {
            what, String.format(Locale.ROOT, "%.1f", counts.getAverage()), Long.toString(counts.getMax()), goal, peer
        };
    }
}
