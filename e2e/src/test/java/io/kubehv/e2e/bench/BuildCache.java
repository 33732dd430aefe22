package io.kubehv.e2e.bench;

import java.nio.file.Path;
import java.util.Optional;

/** What {@code make} has fetched and built for this machine. */
final class BuildCache {
    private BuildCache() {}

    static Path folder(String name) {
        return Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".cache", "kubehv"))
                .resolve(name);
    }
}
