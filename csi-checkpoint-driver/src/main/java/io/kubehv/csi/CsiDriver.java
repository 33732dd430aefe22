package io.kubehv.csi;

import io.kubehv.csi.configuration.DriverConfiguration;
import io.kubehv.csi.controller.ControllerService;
import io.kubehv.csi.controller.GroupControllerService;
import io.kubehv.csi.controller.NodeTopology;
import io.kubehv.csi.controller.SnapshotCalls;
import io.kubehv.csi.controller.SnapshotMetadataService;
import io.kubehv.csi.controller.Snapshotter;
import io.kubehv.csi.controller.VolumeProvisioner;
import io.kubehv.csi.controller.VolumeReverter;
import io.kubehv.csi.endpoint.CallInterceptor;
import io.kubehv.csi.endpoint.UnixSocketServer;
import io.kubehv.csi.identity.IdentityService;
import io.kubehv.csi.monitoring.DriverMetrics;
import io.kubehv.csi.monitoring.JsonLogFormatter;
import io.kubehv.csi.monitoring.MonitoringServer;
import io.kubehv.csi.node.GrowthGuard;
import io.kubehv.csi.node.NodeService;
import io.kubehv.csi.node.VolumeMounts;
import io.kubehv.csi.pool.Pool;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.pool.PoolHealth;
import io.kubehv.csi.pool.PoolOpener;
import io.kubehv.csi.pool.PoolSpace;
import io.kubehv.csi.pool.PoolTrouble;
import io.kubehv.csi.registration.RegistrationService;
import io.kubehv.csi.state.AheadCopies;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One node's driver. It can be stopped and started at any time: volumes that are mounted stay so, and the next process
 * finds them.
 */
public final class CsiDriver implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(CsiDriver.class.getName());

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final DriverConfiguration configuration;

    private CsiDriver(DriverConfiguration configuration) {
        this.configuration = configuration;
    }

    /** Runs until the process is told to end. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        DriverConfiguration configuration = DriverConfiguration.from(System.getenv());
        JsonLogFormatter.install(configuration.node());
        CsiDriver driver = start(configuration);
        Runtime.getRuntime().addShutdownHook(new Thread(driver::close));
        // The work is done by the servers' threads; a signal ends the process.
        new CountDownLatch(1).await();
    }

    /** Opens the pool and serves it. */
    public static CsiDriver start(DriverConfiguration configuration) throws IOException {
        CsiDriver driver = new CsiDriver(configuration);
        boolean started = false;
        try {
            driver.serve();
            started = true;
            return driver;
        } finally {
            if (!started) {
                driver.close();
            }
        }
    }

    private void serve() throws IOException {
        Pool pool =
                new PoolOpener(configuration.pool(), configuration.poolImage(), configuration.poolImageBytes()).open();
        VolumeStore store = VolumeStore.open(pool.root());
        PoolLocks locks = new PoolLocks();
        VolumeMounts mounts = new VolumeMounts(store);
        SnapshotStore snapshots = SnapshotStore.open(pool.root(), mounts::release);
        AheadCopies ahead = AheadCopies.open(pool.root());
        PoolCapacity capacity = new PoolCapacity(pool, store);
        PoolHealth health = new PoolHealth(pool);
        NodeTopology topology = new NodeTopology(configuration.node());
        DriverMetrics metrics = new DriverMetrics();
        metrics.poolOpened(pool);
        CallInterceptor interceptor = new CallInterceptor(metrics);

        GrowthGuard guard = keep(new GrowthGuard(store, locks, metrics::diskCutBack));
        guard.start();
        Clock clock = Clock.systemUTC();
        VolumeProvisioner provisioner =
                new VolumeProvisioner(configuration.node(), pool, store, snapshots, capacity, locks, mounts, clock);
        Snapshotter snapshotter =
                new Snapshotter(configuration.node(), pool, store, snapshots, ahead, capacity, locks, mounts, clock);
        VolumeReverter reverter = new VolumeReverter(pool, store, snapshots, capacity, locks, mounts);
        SnapshotCalls snapshotCalls = new SnapshotCalls(topology, snapshotter, snapshots);
        UnixSocketServer csi = keep(UnixSocketServer.start(
                configuration.endpoint(),
                interceptor,
                List.of(
                        // A full pool is ready: sidecars wait for that, and one of them is to delete.
                        new IdentityService(
                                version(),
                                () -> health.trouble()
                                        .filter(found -> !found.isFull())
                                        .isEmpty()),
                        new ControllerService(topology, provisioner, reverter, snapshotCalls, store, capacity),
                        new GroupControllerService(topology, snapshotter, snapshots),
                        new SnapshotMetadataService(snapshotCalls, snapshots),
                        new NodeService(topology, store, locks, mounts, capacity))));
        keep(MonitoringServer.start(
                configuration.monitoringPort(),
                () -> csi.isServing() ? Optional.empty() : Optional.of("the CSI socket is closed"),
                () -> health.trouble().map(PoolTrouble::description),
                metrics.registry(),
                () -> measure(pool, store, snapshots, capacity, health, metrics)));
        if (configuration.registry().isPresent()) {
            register(configuration.registry().get(), interceptor);
        }
        LOG.log(Level.INFO, "{0} serves {1} volumes", new Object[] {
            IdentityService.NAME, store.list().size()
        });
    }

    private static void measure(
            Pool pool,
            VolumeStore store,
            SnapshotStore snapshots,
            PoolCapacity capacity,
            PoolHealth health,
            DriverMetrics metrics)
            throws IOException {
        Optional<PoolTrouble> trouble = health.trouble();
        metrics.poolLookedAt(trouble.isEmpty());
        // Of a broken pool nothing more can be learnt, and to ask may hang.
        if (trouble.isEmpty() || trouble.get().isFull()) {
            metrics.poolMeasured(
                    PoolSpace.of(pool).totalBytes(),
                    capacity.availableBytes(),
                    capacity.promisedBytes(),
                    store.list().size(),
                    snapshots.list().size());
        }
    }

    private void register(Path registry, CallInterceptor interceptor) throws IOException {
        // The container's restart makes a new socket, at which the kubelet looks again.
        Runnable startAgain = () -> Runtime.getRuntime().exit(1);
        keep(UnixSocketServer.start(
                registry.resolve(IdentityService.NAME + "-reg.sock"),
                interceptor,
                List.of(new RegistrationService(IdentityService.NAME, configuration.endpoint(), startAgain))));
    }

    private static String version() {
        return Optional.ofNullable(CsiDriver.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Stops serving. Volumes stay mounted. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                // The others have to be closed all the same.
                LOG.log(Level.WARNING, "closing " + part.getClass().getSimpleName(), e);
            }
        }
    }
}
