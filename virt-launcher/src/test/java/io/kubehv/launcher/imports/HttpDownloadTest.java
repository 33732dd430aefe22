package io.kubehv.launcher.imports;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubehv.hv.definition.ImportDefinition;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a real web server whose first answer breaks off. */
class HttpDownloadTest {
    private static final int BREAK = 1 << 20;

    @TempDir
    private Path directory;

    private final AtomicInteger requests = new AtomicInteger();
    /** Zero when the first answer is closed where it breaks off; else it stays open until this is counted down. */
    private CountDownLatch open = new CountDownLatch(0);
    /** The entity tag of the answers, one after the other; the last one stays. */
    private List<String> tags = List.of("\"one\"");
    /** By how many bytes the server goes on too early. */
    private int overlap;

    private byte[] content;
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        content = new byte[3 << 20];
        new Random(7).nextBytes(content);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/image", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        open.countDown();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        int number = requests.getAndIncrement();
        String tag = tags.get(Math.min(number, tags.size() - 1));
        String range = exchange.getRequestHeaders().getFirst("Range");
        boolean goesOn =
                range != null && tag.equals(exchange.getRequestHeaders().getFirst("If-Range"));
        int from = goesOn ? Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1")) - overlap : 0;
        if (!tag.isEmpty()) {
            exchange.getResponseHeaders().set("ETag", tag);
        }
        if (goesOn) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(goesOn ? 206 : 200, content.length - from);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(content, from, (number == 0 ? BREAK : content.length) - from);
            body.flush();
            if (number == 0) {
                open.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fetch() throws Exception {
        Path file = directory.resolve("image");
        ImportDefinition.Http source = new ImportDefinition.Http(
                "http://127.0.0.1:%d/image".formatted(server.getAddress().getPort()), null, null, null);
        Progress nobody = new Progress(new PrintStream(OutputStream.nullOutputStream()), InstantSource.system());
        new HttpDownload(source, content.length, nobody, Duration.ofSeconds(1)).fetch(file);
        assertThat(Arrays.equals(Files.readAllBytes(file), content))
                .as("the file is the image")
                .isTrue();
    }

    @Test
    void a_broken_connection_is_taken_up_where_it_broke() throws Exception {
        fetch();
        assertThat(requests).hasValue(2);
    }

    @Test
    void a_server_that_falls_silent_is_taken_up_where_it_did() throws Exception {
        open = new CountDownLatch(1);
        fetch();
        assertThat(requests).hasValue(2);
    }

    @Test
    void an_image_that_was_exchanged_meanwhile_is_fetched_from_its_beginning() throws Exception {
        tags = List.of("\"one\"", "\"two\"");
        fetch();
        assertThat(requests).hasValue(2);
    }

    @Test
    void an_image_without_an_entity_tag_is_fetched_from_its_beginning() throws Exception {
        tags = List.of("");
        fetch();
        assertThat(requests).hasValue(2);
    }

    @Test
    void a_server_that_goes_on_elsewhere_is_asked_for_the_whole() throws Exception {
        overlap = 512;
        fetch();
        assertThat(requests).hasValue(3);
    }
}
