package io.kubehv.cni.linux;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks an address a hundred times a second, until it is told to end. */
public final class TestPing implements AutoCloseable {
    private static final Pattern COUNTS = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");
    private static final int ENOUGH = 30;

    private final Process ping;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    public TestPing(TestNamespace from, String address) {
        try {
            ping = new ProcessBuilder("ip", "netns", "exec", from.name(), "ping", "-i", "0.01", "-W", "1", address)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = Thread.ofVirtual().start(() -> ping.inputReader().lines().forEach(lines::add));
    }

    /** Ends it when it is answered, and tells how many of its questions were not. */
    public int lost() throws IOException, InterruptedException {
        int before = lines.size();
        await("answers to a ping")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> lines.size() >= before + ENOUGH);
        new ProcessBuilder("kill", "-INT", Long.toString(ping.pid())).start().waitFor();
        reader.join();
        Matcher counts = COUNTS.matcher(String.join("\n", lines));
        if (!counts.find()) {
            throw new AssertionError("ping printed no counts: " + lines);
        }
        return Integer.parseInt(counts.group(1)) - Integer.parseInt(counts.group(2));
    }

    @Override
    public void close() {
        ping.destroyForcibly();
    }
}
