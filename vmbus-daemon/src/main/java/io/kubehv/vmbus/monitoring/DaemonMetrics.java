package io.kubehv.vmbus.monitoring;

import io.kubehv.vmbus.status.StatusApi;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.DoubleSupplier;

/** The daemon's metrics, all of them. None has a VM's name as a label: their number must not grow with the VMs'. */
public final class DaemonMetrics {
    private final CollectorRegistry registry = new CollectorRegistry();
    private final Counter statusWrites = Counter.build()
            .name("kubehv_vmbus_status_writes_total")
            .help("Writes of VMs' status, by outcome.")
            .labelNames("outcome")
            .register(registry);
    private final Counter events = Counter.build()
            .name("kubehv_vmbus_vm_events_total")
            .help("Events told of VMs, by reason.")
            .labelNames("reason")
            .register(registry);

    /** Adds a value that is read when it is asked for. */
    public void gauge(String name, String help, DoubleSupplier value) {
        registry.register(new Collector() {
            @Override
            public List<MetricFamilySamples> collect() {
                return List.of(new GaugeMetricFamily(name, help, value.getAsDouble()));
            }
        });
    }

    /** Counts what goes through to where statuses are written. */
    public StatusApi counting(StatusApi api) {
        return statusOnly -> {
            StatusApi.Outcome outcome = api.apply(statusOnly);
            statusWrites.labels(outcome.getClass().getSimpleName()).inc();
            return outcome;
        };
    }

    public void eventTold(String reason) {
        events.labels(reason).inc();
    }

    /** All of them, as Prometheus reads them. */
    public String text() {
        try {
            StringWriter text = new StringWriter();
            TextFormat.write004(text, registry.metricFamilySamples());
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException("a string could not be written to", e);
        }
    }
}
