package io.kubehv.launcher.imports;

import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fetches an image into a file, over broken connections, and never more of it than a disk of the asked size can need. */
final class HttpDownload {
    private static final WebAccess ACCESS = new WebAccess(Reason.SOURCE_UNREACHABLE);
    private static final Set<String> SCHEMES = Set.of("http", "https");
    private static final int ATTEMPTS = 5;
    /** {@code bytes 1048576-4194303/4194304}; RFC 9110, 14.4. */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d+/(?:\\d+|\\*)");

    /** What a format may add to the data: tables, headers, a little waste. */
    private static final long FORMAT_OVERHEAD = 64L << 20;

    private final ImportDefinition.Http source;
    private final Progress progress;
    private final long limit;
    private final Duration patience;
    private final URI uri;
    /** What tells that the rest is of the same image as the beginning; null where the server gave nothing of the kind. */
    private @Nullable String entityTag;

    /** @param patience how long the server may send nothing before the connection counts as broken */
    HttpDownload(ImportDefinition.Http source, long diskSize, Progress progress, Duration patience)
            throws ImportException {
        this.source = source;
        this.progress = progress;
        this.patience = patience;
        this.limit = diskSize + diskSize / 8 + FORMAT_OVERHEAD;
        try {
            this.uri = URI.create(source.url());
        } catch (IllegalArgumentException e) {
            throw new ImportException(
                    Reason.SOURCE_UNREACHABLE, "http.url \"" + source.url() + "\" is no URL; correct it", e);
        }
        if (uri.getHost() == null
                || !SCHEMES.contains(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT))) {
            throw new ImportException(
                    Reason.SOURCE_UNREACHABLE,
                    "http.url \"%s\" must begin with http:// or https:// and name a host, of letters, digits, dots and hyphens; correct it"
                            .formatted(source.url()));
        }
    }

    /** Fetches the whole image; a connection that breaks is taken up where it broke, when the server can. */
    void fetch(Path file) throws ImportException, IOException {
        try (HttpClient client = client();
                FileChannel output = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            IOException last = new IOException("no attempt was made");
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    fetch(client, output);
                    return;
                } catch (IOException e) {
                    if (Files.getFileStore(file).getUsableSpace() < 1 << 20) {
                        throw new ImportException(
                                Reason.NO_SPACE,
                                "the node has no room to keep the image while it is converted; free some, or use a node with more",
                                e);
                    }
                    last = e;
                }
            }
            throw new ImportException(
                    Reason.SOURCE_UNREACHABLE,
                    "http.url %s can't be fetched: %s".formatted(source.url(), describe(last)),
                    last);
        }
    }

    private void fetch(HttpClient client, FileChannel output) throws IOException, ImportException {
        String tag = entityTag;
        long have = tag == null ? 0 : output.position();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(WebAccess.ANSWER);
        if (tag != null && have > 0) {
            request.header("Range", "bytes=" + have + "-").header("If-Range", tag);
        }
        HttpResponse<InputStream> response = send(client, request.build());
        try (InputStream body = new ImpatientStream(response.body(), patience)) {
            long from = begin(response, have);
            output.truncate(from);
            output.position(from);
            long announced =
                    response.headers().firstValueAsLong("Content-Length").orElse(-1);
            long whole = announced < 0 ? -1 : from + announced;
            checkLimit(whole);
            copy(body, output, whole);
        }
    }

    /** Where the body begins in the image. A server that goes on with something else is asked for the whole next time. */
    private long begin(HttpResponse<InputStream> response, long asked) throws IOException, ImportException {
        String tag = response.headers()
                .firstValue("ETag")
                .filter(value -> !value.startsWith("W/"))
                .orElse(null);
        if (response.statusCode() == 200) {
            entityTag = tag;
            return 0;
        }
        boolean another = tag != null && !tag.equals(entityTag);
        if (asked > 0 && (response.statusCode() == 206 || response.statusCode() == 416)) {
            if (another || response.statusCode() == 416 || start(response) != asked) {
                entityTag = null;
                throw new IOException("the server did not go on at byte " + asked + " of the same image");
            }
            return asked;
        }
        throw new ImportException(
                Reason.SOURCE_UNREACHABLE,
                "http.url %s answers with the status %d%s"
                        .formatted(source.url(), response.statusCode(), WebAccess.hint(response.statusCode())));
    }

    private static long start(HttpResponse<InputStream> response) {
        Matcher range = CONTENT_RANGE.matcher(
                response.headers().firstValue("Content-Range").orElse(""));
        return range.matches() ? Long.parseLong(range.group(1)) : -1;
    }

    private static HttpResponse<InputStream> send(HttpClient client, HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void copy(InputStream body, FileChannel output, long whole) throws IOException, ImportException {
        byte[] buffer = new byte[1 << 18];
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
            while (bytes.hasRemaining()) {
                output.write(bytes);
            }
            checkLimit(output.position());
            progress.report("Downloading", whole <= 0 ? -1 : 100.0 * output.position() / whole, output.position());
        }
        if (whole >= 0 && output.position() < whole) {
            throw new IOException("the connection ended after %d of %d bytes".formatted(output.position(), whole));
        }
    }

    private void checkLimit(long bytes) throws ImportException {
        if (bytes > limit) {
            throw new ImportException(
                    Reason.SIZE_TOO_SMALL,
                    "the image has more than %d bytes, which can't fit a disk of the size asked for; raise spec.size"
                            .formatted(limit));
        }
    }

    private HttpClient client() throws ImportException, IOException {
        HttpClient.Builder client = ACCESS.client(source.caDirectory()).followRedirects(HttpClient.Redirect.NORMAL);
        @Nullable String credentials = source.credentialsDirectory();
        if (credentials != null) {
            client.authenticator(new HostAuthenticator(
                    uri.getHost(), ACCESS.secret(credentials, "username"), ACCESS.secret(credentials, "password")));
        }
        return client.build();
    }

    private static String describe(IOException failure) {
        String message = Optional.ofNullable(failure.getMessage()).orElse("");
        String name = failure.getClass().getSimpleName();
        return switch (failure) {
            case java.net.http.HttpConnectTimeoutException e ->
                "no connection within " + WebAccess.CONNECT.toSeconds() + " s";
            case java.net.ConnectException e ->
                "no connection (unknown host, or nobody listens)" + (message.isEmpty() ? "" : ": " + message);
            default -> name + (message.isEmpty() ? "" : ": " + message);
        };
    }

    /** Gives the name and the password to the one host that they are for, whatever a redirect says. */
    private static final class HostAuthenticator extends Authenticator {
        private final String host;
        private final String name;
        private final String password;

        HostAuthenticator(String host, String name, String password) {
            this.host = host;
            this.name = name;
            this.password = password;
        }

        @Override
        protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            return host.equalsIgnoreCase(getRequestingHost())
                    ? new PasswordAuthentication(name, password.toCharArray())
                    : null;
        }
    }
}
