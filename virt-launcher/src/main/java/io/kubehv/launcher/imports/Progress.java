package io.kubehv.launcher.imports;

import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;

/** Tells how far an import or an export is: one line of JSON on standard output, at most one a second. */
public final class Progress {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final PrintStream output;
    private final InstantSource clock;
    private long nextMillis;

    public Progress(PrintStream output, InstantSource clock) {
        this.output = output;
        this.clock = clock;
    }

    /**
     * @param phase what is being done: Downloading, Converting, Copying, Uploading
     * @param percent from 0 to 100; negative where the whole is unknown
     * @param bytes how many bytes of the source or the disk are done
     */
    public synchronized void report(String phase, double percent, long bytes) {
        long now = clock.millis();
        if (now < nextMillis) {
            return;
        }
        nextMillis = now + PAUSE.toMillis();
        output.printf(
                java.util.Locale.ROOT,
                "{\"phase\":\"%s\",\"percent\":%s,\"bytes\":%d}%n",
                phase,
                percent < 0 ? "null" : String.format(java.util.Locale.ROOT, "%.1f", percent),
                bytes);
        output.flush();
    }
}
