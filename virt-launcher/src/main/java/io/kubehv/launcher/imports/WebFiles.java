package io.kubehv.launcher.imports;

import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The files below a URL: asked for by HEAD, written by PUT (RFC 9110, 9.3.2 and 9.3.4). Redirects are not followed. */
public final class WebFiles implements AutoCloseable {
    private static final Duration UPLOAD = Duration.ofDays(1);
    private static final int ATTEMPTS = 3;
    /** RFC 9110, 15.6: from here on the server failed, and may do better another time. */
    private static final int SERVER_ERROR = 500;

    private final WebFolder folder;
    private final Reason unreachable;
    private final HttpClient client;
    private final @Nullable String authorization;

    /** @param unreachable the reason that is told when the server does not do what it is asked */
    public WebFiles(WebFolder folder, Reason unreachable) throws ImportException, IOException {
        this.folder = folder;
        this.unreachable = unreachable;
        WebAccess access = new WebAccess(unreachable);
        String credentials = folder.credentialsDirectory();
        this.authorization = credentials == null
                ? null
                : basic(access.secret(credentials, "username"), access.secret(credentials, "password"));
        this.client = access.client(folder.caDirectory())
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static String basic(String name, String password) {
        String pair = name + ":" + password;
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /** A file as something to be fetched. */
    public ImportDefinition.Http source(String file) {
        return new ImportDefinition.Http(folder.urlOf(file), null, folder.credentialsDirectory(), folder.caDirectory());
    }

    /** How long a file is, -1 where the server does not say; empty: it is not there. */
    public OptionalLong length(String file) throws ImportException {
        HttpResponse<Void> response =
                send(file, request(file).method("HEAD", BodyPublishers.noBody()).timeout(WebAccess.ANSWER));
        return switch (response.statusCode()) {
            case 200, 204 ->
                OptionalLong.of(
                        response.headers().firstValueAsLong("Content-Length").orElse(-1));
            case 404, 410 -> OptionalLong.empty();
            default -> throw refused(file, "HEAD", response.statusCode());
        };
    }

    /** A small file as text; empty: it is not there. */
    public Optional<String> text(String file) throws ImportException {
        HttpResponse<String> response = send(
                file, request(file).GET().timeout(WebAccess.ANSWER), BodyHandlers.ofString(StandardCharsets.UTF_8));
        return switch (response.statusCode()) {
            case 200 -> Optional.of(response.body());
            case 404, 410 -> Optional.empty();
            default -> throw refused(file, "GET", response.statusCode());
        };
    }

    /**
     * Uploads a file, over broken connections.
     *
     * @param progress gets how many bytes are sent
     */
    public void put(String file, Path content, LongConsumer progress) throws ImportException, IOException {
        long length = Files.size(content);
        for (int attempt = 1; ; attempt++) {
            HttpRequest.BodyPublisher body = BodyPublishers.fromPublisher(
                    BodyPublishers.ofInputStream(() -> open(content, progress)), Math.max(length, 1));
            HttpRequest.Builder request = request(file)
                    .PUT(length == 0 ? BodyPublishers.noBody() : body)
                    .timeout(UPLOAD);
            try {
                int status = send(file, request).statusCode();
                if (status >= 200 && status < 300) {
                    return;
                }
                if (status < SERVER_ERROR || attempt == ATTEMPTS) {
                    throw refused(file, "PUT", status);
                }
            } catch (ImportException e) {
                if (!(e.getCause() instanceof IOException) || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Takes back what was uploaded, as far as the server lets it: without a manifest it is nothing. */
    public void delete(String file) {
        try {
            var _ = send(file, request(file).DELETE().timeout(WebAccess.ANSWER));
        } catch (ImportException e) {
            // Why nothing was exported is told already.
            return;
        }
    }

    private static InputStream open(Path content, LongConsumer progress) {
        try {
            return new Counting(Files.newInputStream(content), progress);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpRequest.Builder request(String file) throws ImportException {
        String url = folder.urlOf(file);
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
            return authorization == null ? request : request.header("Authorization", authorization);
        } catch (IllegalArgumentException e) {
            throw new ImportException(unreachable, "http.url \"" + folder.url() + "\" is no URL; correct it", e);
        }
    }

    private HttpResponse<Void> send(String file, HttpRequest.Builder request) throws ImportException {
        return send(file, request, BodyHandlers.discarding());
    }

    private <T> HttpResponse<T> send(String file, HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler)
            throws ImportException {
        try {
            return client.send(request.build(), handler);
        } catch (IOException e) {
            throw new ImportException(
                    unreachable, "%s can't be reached: %s; correct http.url".formatted(folder.urlOf(file), e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImportException(unreachable, "interrupted", e);
        }
    }

    private ImportException refused(String file, String method, int status) {
        String hint = switch (status) {
            case 405, 501 -> "; the server must know " + method;
            case 507 -> "; it has no room";
            default -> WebAccess.hint(status);
        };
        return new ImportException(
                unreachable, "%s answers %s with the status %d%s".formatted(folder.urlOf(file), method, status, hint));
    }

    @Override
    public void close() {
        client.close();
    }

    /** Tells how much was read of it. */
    private static final class Counting extends FilterInputStream {
        private final LongConsumer progress;
        private long bytes;

        Counting(InputStream stream, LongConsumer progress) {
            super(stream);
            this.progress = progress;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            bytes += Math.max(read, 0);
            progress.accept(bytes);
            return read;
        }
    }
}
