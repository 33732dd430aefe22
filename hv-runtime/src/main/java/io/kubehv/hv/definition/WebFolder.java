package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * A place on a web server below which files have their URLs.
 *
 * @param url {@code http://} or {@code https://}, without a slash at its end
 * @param credentialsDirectory where a Secret with {@code username} and {@code password} is mounted; null: none
 * @param caDirectory where a ConfigMap with {@code ca.crt} is mounted; null: only the usual certificates
 */
public record WebFolder(
        @JsonProperty(required = true) String url,
        @Nullable String credentialsDirectory,
        @Nullable String caDirectory) implements ExportDefinition.Target, MachineImportDefinition.Source {
    /** Refuses missing parts. */
    public WebFolder {
        Required.text("url", url);
    }

    /** The URL of a file: its path's names encoded one by one. */
    public String urlOf(String file) {
        StringBuilder whole = new StringBuilder(url);
        while (!whole.isEmpty() && whole.charAt(whole.length() - 1) == '/') {
            whole.setLength(whole.length() - 1);
        }
        for (String name : file.split("/", -1)) {
            whole.append('/')
                    .append(java.net.URLEncoder.encode(name, java.nio.charset.StandardCharsets.UTF_8)
                            .replace("+", "%20"));
        }
        return whole.toString();
    }
}
