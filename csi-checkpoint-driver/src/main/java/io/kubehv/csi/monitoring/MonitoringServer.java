package io.kubehv.csi.monitoring;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * /healthz and /readyz for the kubelet's probes and /metrics for Prometheus. They are apart because a restart mends no
 * pool, and a driver that is being restarted can't delete anything from a full one.
 */
public final class MonitoringServer implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(MonitoringServer.class.getName());

    private static final int THREADS = 4;

    private final HttpServer server;

    private MonitoringServer(HttpServer server) {
        this.server = server;
    }

    /** Looks for one kind of trouble. */
    public interface HealthCheck {
        /** What is wrong; empty if nothing is. */
        Optional<String> trouble() throws IOException;
    }

    /**
     * Serves on all addresses of the pod.
     *
     * @param liveness what a restart of the driver would mend
     * @param readiness what keeps the driver from making volumes
     */
    public static MonitoringServer start(
            int port, HealthCheck liveness, HealthCheck readiness, CollectorRegistry registry, Measurement measure)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        // Looking at the pool is I/O: where that hangs, it must hold up neither /healthz nor the server's own thread.
        server.setExecutor(Executors.newFixedThreadPool(
                THREADS, Thread.ofPlatform().name("monitoring-", 0).daemon().factory()));
        server.createContext("/healthz", exchange -> answer(exchange, "text/plain", () -> health(liveness)));
        server.createContext("/readyz", exchange -> answer(exchange, "text/plain", () -> health(readiness)));
        server.createContext(
                "/metrics",
                exchange -> answer(exchange, TextFormat.CONTENT_TYPE_004, () -> {
                    measure.take();
                    StringWriter text = new StringWriter();
                    TextFormat.write004(text, registry.metricFamilySamples());
                    return new Page(200, text.toString());
                }));
        server.start();
        return new MonitoringServer(server);
    }

    /** Brings gauges up to date when they are asked for. */
    public interface Measurement {
        void take() throws IOException;
    }

    private record Page(int status, String text) {}

    private interface PageMaker {
        Page make() throws IOException;
    }

    private static Page health(HealthCheck check) throws IOException {
        Optional<String> trouble = check.trouble();
        return trouble.map(text -> new Page(503, text + "\n")).orElseGet(() -> new Page(200, "ok\n"));
    }

    private static void answer(HttpExchange exchange, String type, PageMaker maker) throws IOException {
        try (exchange) {
            Page page = makeOrReport(exchange, maker);
            byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(page.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static Page makeOrReport(HttpExchange exchange, PageMaker maker) {
        try {
            return maker.make();
        } catch (IOException e) {
            LOG.log(Level.WARNING, String.valueOf(exchange.getRequestURI()), e);
            return new Page(503, e.getMessage() + "\n");
        }
    }

    /** The port that is served, where any was asked for. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
