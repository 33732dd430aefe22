package io.kubehv.cni;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Optional;

/** Programs of others, which {@code make test-programs} builds. */
public final class TestPrograms {
    private static final Path CACHE = Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache", "kubehv"));

    private TestPrograms() {}

    /** The directory of some of them. */
    public static Path directory(String name) {
        return CACHE.resolve(name);
    }

    /** Leaves the test out where the program is not there; in CI that is a failure. */
    public static void require(Path program) {
        if (System.getenv("CI") == null) {
            assumeThat(program).as("make test-programs builds it").isExecutable();
        }
    }
}
