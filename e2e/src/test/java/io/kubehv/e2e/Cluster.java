package io.kubehv.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The cluster under test: the Kind cluster of {@code make cluster}, or the one of {@code -De2e.context}. */
public final class Cluster implements AutoCloseable {
    public static final String SYSTEM_NAMESPACE = "kubehv-system";

    /** Has busybox, so it also serves as the container beside the VMs. */
    static final String CONTAINER_IMAGE = System.getProperty("e2e.container.image", "kubehv/hypervisor:dev");

    /** The longest of them boots a guest that is itself a hypervisor. */
    private static final Duration DEADLINE = Duration.ofMinutes(30);

    /** Where a node keeps its volumes. */
    static final String POOL = "/var/lib/kubehv/pool";

    static final String CONTEXT = System.getProperty("e2e.context", "kind-kubehv");

    private final KubernetesClient client;

    private Cluster(KubernetesClient client) {
        this.client = client;
    }

    public static Cluster connect() {
        return new Cluster(new KubernetesClientBuilder()
                .withConfig(Config.autoConfigure(CONTEXT))
                .build());
    }

    /** The one connection of a test run. */
    static Cluster of(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(Cluster.class))
                .getOrComputeIfAbsent(Cluster.class, key -> connect(), Cluster.class);
    }

    public KubernetesClient client() {
        return client;
    }

    public List<Pod> systemPods(String app) {
        return client.pods()
                .inNamespace(SYSTEM_NAMESPACE)
                .withLabel("app.kubernetes.io/name", app)
                .list()
                .getItems();
    }

    /** Kills the processes of a program of ours with no warning, as a power cut would. */
    void kill(String app) {
        for (Pod pod : systemPods(app)) {
            client.resource(pod).withGracePeriod(0).delete();
        }
    }

    /** Runs a command as root on a node of a Kind cluster and returns what it printed. */
    public String onNode(String node, String... command) {
        return run(line(List.of("docker", "exec", node), command));
    }

    /** Writes every second block of 4 KiB of a volume's disk, from its beginning on, so that it is in so many pieces. */
    public void breakInPieces(String node, String volumeHandle, int pieces) {
        String image = POOL + "/volumes/" + volumeHandle + "/contents/disk.img";
        String write = "open(F, '+<', shift) or die $!; $n = shift;"
                + " for $i (0 .. $n - 1) { sysseek(F, $i * 8192, 0); syswrite(F, 'x' x 4096) or die $! }";
        onNode(node, "perl", "-e", write, image, String.valueOf(pieces));
        onNode(node, "sync", image);
    }

    /** How many bytes of a node's pool are in use, once all is written. */
    public long poolBytes(String node) {
        return Long.parseLong(onNode(node, "sh", "-c", "sync; df -B1 --output=used " + POOL + " | tail -n 1")
                .strip());
    }

    /** Runs kubectl, as a user does. */
    static String kubectl(String... arguments) {
        return run(line(List.of("kubectl", "--context", CONTEXT), arguments));
    }

    private static String[] line(List<String> beginning, String... rest) {
        return Stream.concat(beginning.stream(), Arrays.stream(rest)).toArray(String[]::new);
    }

    /** Runs a command on this machine; its failure, or no end of it, fails the test with what it printed. */
    public static String run(String... command) {
        return run(DEADLINE, command);
    }

    /** Runs a command that has another time than most. */
    static String run(Duration deadline, String... command) {
        try {
            // Into a file: who reads from a pipe waits for all that hold it, and can keep no deadline.
            Path output = Files.createTempFile("command-", ".out");
            try {
                return run(output, deadline, command);
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + String.join(" ", command), e);
        }
    }

    private static String run(Path output, Duration deadline, String... command)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        boolean ended = process.waitFor(deadline);
        if (!ended) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        if (!ended) {
            throw new AssertionError(
                    "%s did not end in %s: %s".formatted(String.join(" ", command), deadline, printed));
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    "%s ended with %d: %s".formatted(String.join(" ", command), process.exitValue(), printed));
        }
        return printed;
    }

    @Override
    public void close() {
        client.close();
    }
}
