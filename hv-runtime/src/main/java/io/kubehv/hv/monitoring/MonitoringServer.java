package io.kubehv.hv.monitoring;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Serves {@code /metrics}, {@code /healthz} and {@code /readyz}. */
public final class MonitoringServer implements AutoCloseable {
    /** Prometheus' exposition formats, text format 0.0.4. */
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final int NO_DELAY = 0;
    private final HttpServer server;

    private MonitoringServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts to serve.
     *
     * @param metrics what Prometheus reads, in its text format
     * @param alive whether everything that has to go on does; the kubelet starts a new daemon where it does not
     * @param ready whether the daemon serves others
     * @param notReady what is said where it does not
     * @throws IOException when the port is taken
     */
    public static MonitoringServer start(
            int port, Supplier<String> metrics, BooleanSupplier alive, BooleanSupplier ready, String notReady)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> answer(exchange, alive, "a thread has ended\n"));
        server.createContext("/readyz", exchange -> answer(exchange, ready, notReady + "\n"));
        server.createContext("/metrics", exchange -> answer(exchange, 200, METRICS_TYPE, metrics.get()));
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
