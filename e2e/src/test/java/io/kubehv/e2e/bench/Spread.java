package io.kubehv.e2e.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Times of the same thing, measured more than once. Quantiles are by the nearest rank: a time that was really measured. */
record Spread(List<Duration> times) {
    Spread {
        times = times.stream().sorted().toList();
    }

    /** On a machine with other work, the time that tells most of the program. */
    String least() {
        return quantile(0);
    }

    String p50() {
        return quantile(50);
    }

    String p95() {
        return quantile(95);
    }

    String p50Milliseconds() {
        return quantile(50, Spread::milliseconds);
    }

    String p95Milliseconds() {
        return quantile(95, Spread::milliseconds);
    }

    private String quantile(int percent) {
        return quantile(percent, Spread::seconds);
    }

    private String quantile(int percent, Function<Duration, String> unit) {
        if (times.isEmpty()) {
            return "—";
        }
        int rank = Math.ceilDiv(percent * times.size(), 100);
        return unit.apply(times.get(Math.max(1, rank) - 1));
    }

    private static String milliseconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1000.0);
    }
}
