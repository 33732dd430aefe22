package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of a user's web server have in common.
 *
 * @param unreachable the reason that is told when they can't do what they are to
 */
record WebAccess(Reason unreachable) {
    static final Duration CONNECT = Duration.ofSeconds(20);
    static final Duration ANSWER = Duration.ofSeconds(60);

    /** A client; {@code caDirectory}: where a ConfigMap with more authorities is mounted; null: only the usual ones. */
    HttpClient.Builder client(@Nullable String caDirectory) throws ImportException, IOException {
        HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(CONNECT);
        if (caDirectory != null) {
            client.sslContext(Certificates.trusting(Path.of(caDirectory).resolve("ca.crt"), unreachable));
        }
        return client;
    }

    /** What the Secret that is mounted there has under the key. */
    String secret(String credentialsDirectory, String key) throws ImportException {
        try {
            return Files.readString(Path.of(credentialsDirectory).resolve(key), StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            throw new ImportException(
                    unreachable, "the Secret of http.secretName has no readable key \"" + key + "\"; add it", e);
        }
    }

    /** What would help against a status; empty where that is not known. */
    static String hint(int status) {
        return status == 401 || status == 403 ? "; name a Secret with username and password in http.secretName" : "";
    }
}
