package io.kubehv.e2e.bench;

import java.util.Locale;

/** How the tables write memory. */
final class Mebibytes {
    private Mebibytes() {}

    static String of(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
