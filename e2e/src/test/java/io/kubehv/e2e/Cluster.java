package io.kubehv.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The cluster under test: the Kind cluster of {@code make cluster}, or the one of {@code -De2e.context}. */
public final class Cluster implements AutoCloseable {
    public static final String SYSTEM_NAMESPACE = "kubehv-system";

    /** Has busybox, so it also serves as the container beside the VMs. */
    static final String CONTAINER_IMAGE = System.getProperty("e2e.container.image", "kubehv/hypervisor:dev");

    private static final String CONTEXT = System.getProperty("e2e.context", "kind-kubehv");

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
        String[] line = new String[command.length + 3];
        line[0] = "docker";
        line[1] = "exec";
        line[2] = node;
        System.arraycopy(command, 0, line, 3, command.length);
        return run(line);
    }

    /** Runs a command on this machine; its failure fails the test with what it printed. */
    public static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new AssertionError("%s ended with %d: %s".formatted(String.join(" ", command), status, output));
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + String.join(" ", command), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
