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

/** /healthz for the kubelet's probes and /metrics for Prometheus. */
public final class MonitoringServer implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(MonitoringServer.class.getName());

    private final HttpServer server;

    private MonitoringServer(HttpServer server) {
        this.server = server;
    }

    /** Looks whether the driver can do its work. */
    public interface HealthCheck {
        /** What is wrong; empty if nothing is. */
        Optional<String> trouble() throws IOException;
    }

    /** Serves on all addresses of the pod. */
    public static MonitoringServer start(int port, HealthCheck health, CollectorRegistry registry, Measurement measure)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        // Probing the pool is I/O, which must hold up neither the other page nor the server's own thread.
        server.setExecutor(Executors.newFixedThreadPool(
                2, Thread.ofPlatform().name("monitoring-", 0).daemon().factory()));
        server.createContext("/healthz", exchange -> answer(exchange, "text/plain", () -> health(health)));
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
