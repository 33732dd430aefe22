package io.kubehv.cni.monitoring;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/** Serves {@code /metrics}, {@code /healthz} and {@code /readyz}. */
public final class MonitoringServer implements AutoCloseable {
    private static final int NO_DELAY = 0;
    private final HttpServer server;

    private MonitoringServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts to serve.
     *
     * @param alive whether everything that has to go on does; the kubelet starts a new daemon where it does not
     * @param ready whether ports can be made
     * @throws IOException when the port is taken
     */
    public static MonitoringServer start(
            int port, CollectorRegistry metrics, BooleanSupplier alive, BooleanSupplier ready) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> answer(exchange, alive, "a thread has ended\n"));
        server.createContext(
                "/readyz", exchange -> answer(exchange, ready, "the cluster has not told its switches yet\n"));
        server.createContext("/metrics", exchange -> {
            StringWriter text = new StringWriter();
            TextFormat.write004(text, metrics.metricFamilySamples());
            answer(exchange, 200, TextFormat.CONTENT_TYPE_004, text.toString());
        });
        server.start();
        return new MonitoringServer(server);
    }

    private static void answer(HttpExchange exchange, BooleanSupplier question, String no) throws IOException {
        boolean yes = question.getAsBoolean();
        answer(exchange, yes ? 200 : 503, "text/plain", yes ? "ok\n" : no);
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(NO_DELAY);
    }
}
