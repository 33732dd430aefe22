package io.kubehv.hv.accelerator;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Tells whether KVM runs guests here. That its device opens proves little: there are kernels where it opens, speaks the
 * right version, and a guest hangs or is interpreted instruction by instruction. So a few instructions of a real guest
 * are run, in a child process that is killed at the deadline.
 *
 * <p>Safe for use by several threads; each call starts a child of its own.
 */
public final class AcceleratorProbe {
    /** How long the guest may run; it needs a millisecond. */
    public static final Duration DEADLINE = Duration.ofMillis(800);

    /** KVM's device on every Linux. */
    public static final Path DEVICE = Path.of("/dev/kvm");

    /** How long the child may take before it runs the guest: a JVM's start on a machine that is very busy. */
    static final Duration START_LIMIT = Duration.ofMinutes(2);

    /** How long the end of a killed child is awaited, which the kernel may refuse for reasons that we can't help. */
    private static final Duration END_LIMIT = Duration.ofMillis(100);

    private static final String NO_MORE = "";

    private final List<String> command;
    private final Duration startLimit;

    AcceleratorProbe(List<String> command, Duration startLimit) {
        this.command = List.copyOf(command);
        this.startLimit = startLimit;
    }

    /** A probe of this machine's KVM. */
    public static AcceleratorProbe ofThisMachine() {
        return of(DEVICE);
    }

    /** A probe of the device at a path. */
    public static AcceleratorProbe of(Path device) {
        return new AcceleratorProbe(javaCommand(KvmProbe.class.getName(), device.toString()), START_LIMIT);
    }

    /** Prints the verdict as one line of JSON. Exit status 0 when KVM is usable, 1 when not. */
    @SuppressWarnings("SystemOut") // a program's answer belongs on its standard output
    public static void main(String[] arguments) throws InterruptedException {
        AcceleratorVerdict verdict = ofThisMachine().probe(DEADLINE);
        System.out.println(verdict.toJson());
        System.exit(verdict instanceof Usable ? 0 : 1);
    }

    /**
     * Runs the guest.
     *
     * @param deadline how long the guest may run; the time that the child process takes to start does not count
     * @return the verdict; whatever goes wrong in the probe itself makes it "not usable"
     * @throws InterruptedException when the thread is interrupted; the child is then killed
     */
    public AcceleratorVerdict probe(Duration deadline) throws InterruptedException {
        Process child;
        try {
            child = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return new NotUsable(Reason.PROBE_FAILED, "the child process did not start: " + e.getMessage());
        }
        try {
            return new Conversation(child).verdict(startLimit, deadline);
        } finally {
            child.destroyForcibly();
            child.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** The command that starts a class of ours in a JVM like this one. */
    static List<String> javaCommand(String mainClass, String... arguments) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx16m",
                "-Xss512k",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED"));
        // Where JNA's native half is: images have it unpacked, on a file system that can't be written.
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("jna."))
                .sorted()
                .forEach(name -> words.add("-D" + name + "=" + System.getProperty(name)));
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        words.addAll(List.of(arguments));
        return words;
    }

    /** What the child says, with a limit of time for each thing. */
    private static final class Conversation {
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private String last = "nothing";

        Conversation(Process child) {
            Thread.ofVirtual().name("accelerator-probe").start(() -> read(child));
        }

        private void read(Process child) {
            try (BufferedReader reader = child.inputReader(StandardCharsets.UTF_8)) {
                reader.lines().filter(line -> !line.isEmpty()).forEach(lines::add);
            } catch (IOException | UncheckedIOException e) {
                lines.add("its output ended with " + e);
            } finally {
                lines.add(NO_MORE);
            }
        }

        AcceleratorVerdict verdict(Duration startLimit, Duration deadline) throws InterruptedException {
            long end = System.nanoTime() + startLimit.toNanos();
            boolean ready = false;
            while (true) {
                String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (line == null) {
                    return late(ready, ready ? deadline : startLimit);
                }
                if (line.equals(NO_MORE)) {
                    return new NotUsable(Reason.PROBE_FAILED, "the child process ended; the last it said: " + last);
                }
                Optional<AcceleratorVerdict> verdict = ProbeProtocol.parse(line);
                if (verdict.isPresent()) {
                    return verdict.get();
                }
                if (line.equals(ProbeProtocol.READY)) {
                    ready = true;
                    end = System.nanoTime() + deadline.toNanos();
                }
                last = line;
            }
        }

        private AcceleratorVerdict late(boolean ready, Duration limit) {
            if (ready) {
                return new NotUsable(Reason.GUEST_HUNG, "the guest still ran after %d ms".formatted(limit.toMillis()));
            }
            return new NotUsable(
                    Reason.PROBE_FAILED,
                    "the child process was not ready after %d ms; the last it said: %s"
                            .formatted(limit.toMillis(), last));
        }
    }
}
