package io.kubehv.e2e.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

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

    private String quantile(int percent) {
        if (times.isEmpty()) {
            return "—";
        }
        int rank = Math.ceilDiv(percent * times.size(), 100);
        return seconds(times.get(Math.max(1, rank) - 1));
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1000.0);
    }
}
