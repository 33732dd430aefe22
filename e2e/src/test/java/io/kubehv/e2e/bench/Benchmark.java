package io.kubehv.e2e.bench;

import io.kubehv.e2e.Cluster;
import java.io.IOException;
import java.util.List;

/** Measures one thing on the cluster as it is. */
@FunctionalInterface
interface Benchmark {
    List<Table> run(Cluster cluster) throws IOException, InterruptedException;
}
