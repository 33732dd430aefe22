package io.kubehv.e2e.bench;

import io.kubehv.e2e.Cluster;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs all benchmarks, or those that are named, and prints their tables. One that fails says why and does not keep the
 * others from running; the exit status then tells of it.
 */
public final class Benchmarks {
    private static final Map<String, Benchmark> ALL = new LinkedHashMap<>();

    static {
        ALL.put("writes", new ApiWritesBenchmark());
        ALL.put("memory", new MemoryBenchmark());
        ALL.put("start", new StartBenchmark());
        ALL.put("footprint", new FootprintBenchmark());
        ALL.put("switch", new SwitchCallBenchmark());
        ALL.put("traffic", new SwitchTrafficBenchmark());
        ALL.put("checkpoint", new CheckpointBenchmark());
    }

    private Benchmarks() {}

    /** Arguments: the names of the benchmarks to run; none for all. */
    public static void main(String... names) {
        List<String> chosen = names.length == 0 ? List.copyOf(ALL.keySet()) : Arrays.asList(names);
        if (!ALL.keySet().containsAll(chosen)) {
            System.err.printf("unknown benchmark among %s: there are %s%n", chosen, ALL.keySet());
            System.exit(2);
        }
        boolean good = true;
        try (Cluster cluster = Cluster.connect()) {
            for (String name : chosen) {
                System.err.println("Benchmark " + name + " …");
                good &= ran(name, cluster);
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean ran(String name, Cluster cluster) {
        try {
            ALL.get(name).run(cluster).forEach(table -> System.out.println(table.markdown()));
            return true;
        } catch (IOException | RuntimeException | AssertionError e) {
            return failed(name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed(name, e);
        }
    }

    private static boolean failed(String name, Throwable why) {
        System.err.println("Benchmark " + name + " failed:");
        why.printStackTrace();
        return false;
    }
}
