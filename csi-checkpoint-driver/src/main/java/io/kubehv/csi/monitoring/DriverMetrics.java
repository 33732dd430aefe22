package io.kubehv.csi.monitoring;

import io.grpc.Status;
import io.kubehv.csi.endpoint.CallInterceptor;
import io.kubehv.csi.pool.Pool;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;

/** The driver's metrics, all in one place. No volume's name is a label: there may be thousands. */
public final class DriverMetrics implements CallInterceptor.CallObserver {
    private static final double NANOS = 1e9;

    private final CollectorRegistry registry = new CollectorRegistry();
    private final Counter calls = Counter.build("kubehv_csi_calls_total", "Calls that have ended")
            .labelNames("method", "code")
            .register(registry);
    private final Histogram durations = Histogram.build("kubehv_csi_call_seconds", "Duration of calls")
            .labelNames("method")
            .buckets(0.005, 0.02, 0.1, 0.5, 2, 10, 60)
            .register(registry);
    private final Counter cuts = Counter.build(
                    "kubehv_csi_disks_cut_back_total", "Times that a disk had grown beyond its size and was cut back")
            .register(registry);
    private final Gauge bytes = Gauge.build(
                    "kubehv_csi_pool_bytes",
                    "The pool's room: total, available to new" + " volumes, promised to volumes and not yet written")
            .labelNames("kind")
            .register(registry);
    private final Gauge volumes =
            Gauge.build("kubehv_csi_volumes", "Volumes on this node").register(registry);
    private final Gauge snapshots =
            Gauge.build("kubehv_csi_snapshots", "Snapshots on this node").register(registry);
    private final Gauge writable = Gauge.build(
                    "kubehv_csi_pool_writable", "Whether the pool takes writes: 0 where it is full or broken")
            .register(registry);
    private final Gauge reflink = Gauge.build("kubehv_csi_pool_reflink", "Whether clones are made without data")
            .register(registry);

    /** The collectors, for the exposition. */
    public CollectorRegistry registry() {
        return registry;
    }

    @Override
    public void ended(String method, Status.Code code, Duration duration) {
        calls.labels(method, code.name()).inc();
        durations.labels(method).observe(duration.toNanos() / NANOS);
    }

    /** A disk was cut back to its size. */
    public void diskCutBack() {
        cuts.inc();
    }

    /** How clones are made. */
    public void poolOpened(Pool pool) {
        reflink.set(pool.mode() == Pool.Mode.REFLINK ? 1 : 0);
    }

    /** Whether the pool takes writes now. */
    public void poolLookedAt(boolean isWritable) {
        writable.set(isWritable ? 1 : 0);
    }

    /** The pool's room now. */
    public void poolMeasured(long total, long available, long promised, int volumeCount, int snapshotCount) {
        bytes.labels("total").set((double) total);
        bytes.labels("available").set((double) available);
        bytes.labels("promised").set((double) promised);
        volumes.set(volumeCount);
        snapshots.set(snapshotCount);
    }
}
