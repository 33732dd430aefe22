package io.kubehv.cni.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace of a test's own, which goes with it. */
public final class TestNamespace implements Closeable {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final String name = "kubehv-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet();

    public TestNamespace() {
        run(List.of("ip", "netns", "add", name));
        exec("ip", "link", "set", "lo", "up");
    }

    public Path path() {
        return Path.of("/run/netns", name);
    }

    public String name() {
        return name;
    }

    public NetworkNamespace open() throws IOException {
        return NetworkNamespace.open(path());
    }

    /** What the program prints in the namespace; it must succeed. */
    public String exec(String... command) {
        Result result = attempt(command);
        if (result.status != 0) {
            throw new AssertionError(String.join(" ", command) + " ended with " + result.status + ": " + result.output);
        }
        return result.output;
    }

    /** Whether the program succeeds in the namespace. */
    public boolean succeeds(String... command) {
        return attempt(command).status == 0;
    }

    private Result attempt(String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(List.of(command));
        return run(all);
    }

    private record Result(int status, String output) {}

    private static Result run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        run(List.of("ip", "netns", "del", name));
    }
}
