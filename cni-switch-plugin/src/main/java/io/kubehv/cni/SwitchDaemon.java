package io.kubehv.cni;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kubehv.cni.chain.ChainWatch;
import io.kubehv.cni.chain.NodeChain;
import io.kubehv.cni.cluster.SwitchWatch;
import io.kubehv.cni.endpoint.Spool;
import io.kubehv.cni.endpoint.SwitchEndpoint;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.Tap;
import io.kubehv.cni.switching.ApiServer;
import io.kubehv.cni.switching.NodeNetwork;
import io.kubehv.cni.switching.SwitchPorts;
import io.kubehv.hv.monitoring.JsonLog;
import io.kubehv.hv.monitoring.MonitoringServer;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The program. It may end at any time: frames go on as they did, and its next life knows its ports. With the argument {@code
 * uninstall} it takes everything of ours off the node instead, and ends.
 */
public final class SwitchDaemon implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SwitchDaemon.class.getName());

    /** How soon the chain is mended, at the latest, when somebody has written the node's CNI configuration anew. */
    private static final Duration UPKEEP = Duration.ofSeconds(5);

    /** How long the node may be without its API server when an External switch takes the node's interface. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int HTTPS = 443;

    /** Warns of versions of an API that are ours. */
    private static final String NOISE = "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils";

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private SwitchDaemon() {}

    public static void main(String[] arguments) throws IOException, InterruptedException, SwitchException {
        DaemonSettings settings = DaemonSettings.of(System.getenv());
        JsonLog.install(settings.node(), Level.parse(settings.logLevel()), NOISE);
        if (arguments.length == 1 && arguments[0].equals("uninstall")) {
            uninstall(settings);
            return;
        }
        Config config = new ConfigBuilder().withRequestRetryBackoffLimit(0).build();
        SwitchDaemon daemon = start(settings, config);
        CountDownLatch asked = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            daemon.close();
            asked.countDown();
        }));
        asked.await();
    }

    private static SwitchDaemon start(DaemonSettings settings, Config config) throws IOException {
        Tap.allowOpening();
        SwitchDaemon daemon = new SwitchDaemon();
        KubernetesClient client =
                daemon.part(new KubernetesClientBuilder().withConfig(config).build());
        NodeNetwork network = daemon.part(NodeNetwork.own());
        SwitchPorts ports = daemon.part(SwitchPorts.open(network, settings.state(), Optional.of(apiServer(config))));
        SwitchWatch watch = daemon.part(new SwitchWatch(client, settings.node(), ports, settings.state()));
        watch.start();
        Spool spool = new Spool(settings.spool(), ports);
        NodeChain chain = new NodeChain(settings.configurations(), settings.programs());
        SwitchEndpoint endpoint = daemon.part(SwitchEndpoint.start(ports, settings.socket()));

        ScheduledExecutorService upkeep = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("upkeep").factory());
        daemon.part(upkeep::shutdownNow);
        Upkeep stayIn = () -> chain.install(settings.shim());
        for (Upkeep task : List.of(stayIn, spool::drain)) {
            var _ = upkeep.scheduleWithFixedDelay(() -> keepUp(task), 0, UPKEEP.toMillis(), TimeUnit.MILLISECONDS);
        }
        watchChain(settings.configurations(), () -> upkeep.execute(() -> keepUp(stayIn)))
                .ifPresent(daemon::part);

        daemon.part(MonitoringServer.start(
                settings.monitoringPort(),
                () -> metrics(ports),
                endpoint::isAlive,
                () -> ports.unavailable() == null,
                "the cluster has not told its switches yet"));
        return daemon;
    }

    private static ApiServer apiServer(Config config) {
        URI address = URI.create(config.getMasterUrl());
        int port = address.getPort() < 0 ? HTTPS : address.getPort();
        return new ApiServer(address.getHost(), port, PATIENCE);
    }

    /** What is done again and again. */
    private interface Upkeep {
        void run() throws IOException;
    }

    private static Optional<ChainWatch> watchChain(Path configurations, Runnable changed) {
        try {
            return Optional.of(ChainWatch.start(configurations, changed));
        } catch (IOException e) {
            LOG.log(Level.WARNING, e, () -> configurations + " is looked at every " + UPKEEP.toSeconds() + " s only");
            return Optional.empty();
        }
    }

    private static void keepUp(Upkeep task) {
        try {
            task.run();
        } catch (IOException | RuntimeException e) {
            // Of any kind: an exception that left here would end the upkeep in silence.
            LOG.log(Level.WARNING, e, () -> "tried again in " + UPKEEP.toSeconds() + " s");
        }
    }

    private static void uninstall(DaemonSettings settings) throws IOException, SwitchException {
        new NodeChain(settings.configurations(), settings.programs()).uninstall();
        try (NodeNetwork network = NodeNetwork.own();
                SwitchPorts ports = SwitchPorts.open(network, settings.state())) {
            ports.removeEverything();
        }
        Files.deleteIfExists(settings.socket());
        for (Path directory : new Path[] {settings.state(), settings.spool()}) {
            deleteTree(directory);
        }
        LOG.info("nothing of KubeHV's switches is left on this node");
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static String metrics(SwitchPorts ports) {
        MetricFamilySamples pods = new GaugeMetricFamily(
                "kubehv_switch_pods",
                "Pods on this node that have ports of virtual switches.",
                ports.attachments().size());
        try {
            StringWriter text = new StringWriter();
            TextFormat.write004(text, Collections.enumeration(List.of(pods)));
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException("a string could not be written to", e);
        }
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    /** Ends the parts, the last one first. Ports and switches stay. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                // The program ends in any case, and the others are to be ended, too.
                LOG.log(Level.WARNING, e, () -> "can't end " + part.getClass().getSimpleName());
            }
        }
    }
}
