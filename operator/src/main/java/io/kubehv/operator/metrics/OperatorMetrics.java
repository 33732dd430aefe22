package io.kubehv.operator.metrics;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** The operator's own figures, by kind and never by object: a name a VM would make as many series as VMs. */
@ApplicationScoped
public class OperatorMetrics {
    private final Histogram passes;
    private final Counter statusWrites;
    private final Counter conflicts;

    // The registry of the meter registry is the one that is scraped; an injected one would be another.
    // Quarkus keeps to this client until its version 4, and names its successor in the deprecation.
    @Inject
    @SuppressWarnings("deprecation")
    public OperatorMetrics(PrometheusMeterRegistry registry) {
        this(registry.getPrometheusRegistry());
    }

    /** With a registry of its own, for a test. */
    public OperatorMetrics(CollectorRegistry registry) {
        passes = Histogram.build("kubehv_operator_reconcile_seconds", "How long a pass over an object took")
                .labelNames("kind")
                .buckets(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)
                .register(registry);
        statusWrites = Counter.build("kubehv_operator_status_writes_total", "Statuses stored")
                .labelNames("kind")
                .register(registry);
        conflicts = Counter.build(
                        "kubehv_operator_conflicts_total", "Passes that were void because the object had moved")
                .labelNames("kind")
                .register(registry);
    }

    /** Measures a pass until it is closed. */
    public Pass pass(String kind) {
        Histogram.Timer timer = passes.labels(kind).startTimer();
        return timer::observeDuration;
    }

    public void statusWritten(String kind) {
        statusWrites.labels(kind).inc();
    }

    public void conflict(String kind) {
        conflicts.labels(kind).inc();
    }

    /** A pass that is being measured. */
    @FunctionalInterface
    public interface Pass extends AutoCloseable {
        @Override
        void close();
    }
}
