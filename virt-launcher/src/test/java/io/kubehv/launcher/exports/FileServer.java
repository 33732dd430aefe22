package io.kubehv.launcher.exports;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A web server that keeps what is PUT, for who knows the password. */
final class FileServer implements AutoCloseable {
    private static final String AUTHORIZATION =
            "Basic " + Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));

    private final HttpServer server;
    private final Path directory;
    private final List<String> put = new CopyOnWriteArrayList<>();
    private volatile String refused = "nothing";

    FileServer(Path directory) throws IOException {
        this.directory = directory;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** Refuses files whose name has this in it. */
    void refuse(String part) {
        refused = part;
    }

    /** The files that were written, in this order. */
    List<String> put() {
        return put;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring(1);
        Path file = directory.resolve(path);
        try (exchange;
                InputStream body = exchange.getRequestBody()) {
            if (!AUTHORIZATION.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"files\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            switch (exchange.getRequestMethod()) {
                case "PUT" -> {
                    if (path.contains(refused)) {
                        exchange.sendResponseHeaders(507, -1);
                        return;
                    }
                    Files.createDirectories(file.getParent());
                    Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
                    put.add(path);
                    exchange.sendResponseHeaders(201, -1);
                }
                case "DELETE" -> exchange.sendResponseHeaders(Files.deleteIfExists(file) ? 204 : 404, -1);
                default -> {
                    if (!Files.isRegularFile(file)) {
                        exchange.sendResponseHeaders(404, -1);
                        return;
                    }
                    boolean head = exchange.getRequestMethod().equals("HEAD");
                    if (head) {
                        exchange.getResponseHeaders().add("Content-Length", String.valueOf(Files.size(file)));
                    }
                    exchange.sendResponseHeaders(200, head ? -1 : Files.size(file));
                    if (!head) {
                        Files.copy(file, exchange.getResponseBody());
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
