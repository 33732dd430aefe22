package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Our shim and a daemon of its own, which knows what is in the copy of what the cluster said last. */
final class SwitchContender extends Contender {
    private static final Duration DAEMON_START = Duration.ofSeconds(60);

    private static final String COPY = """
            {"switches": [{"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualSwitch", "metadata": {"name": "lab"},
                           "spec": {"type": "Private", "scope": "Node"}}],
             "nodes": {"node": {"labels": {}, "address": "192.0.2.1"}}}
            """;

    private final Path directory;
    private final String copy;
    private @Nullable Process daemon;

    /** With one switch, {@code lab}, that is this node's alone. */
    SwitchContender(Path directory) {
        this(directory, COPY);
    }

    /**
     * A daemon on a node of the name {@code node}.
     *
     * @param directory of its own, where nothing is yet
     * @param copy the switches and nodes, as the daemon keeps them for when the API server can't be reached
     */
    SwitchContender(Path directory, String copy) {
        super("kubehv-switch, all guards");
        this.directory = directory;
        this.copy = copy;
    }

    @Override
    void start() throws IOException, InterruptedException {
        open();
        launch();
    }

    /** Makes the namespace that plays the node, without a daemon yet. */
    void open() throws IOException, InterruptedException {
        super.start();
    }

    void launch() throws IOException, InterruptedException {
        run(List.of(
                "gcc",
                "-static",
                "-O2",
                "-s",
                "-DRUN_DIRECTORY=\"" + directory + "\"",
                "-DDEADLINE_SECONDS=20",
                "-o",
                program().toString(),
                PROJECT.resolve("cni-switch-plugin/shim/kubehv-switch.c").toString()));
        Files.writeString(Files.createDirectories(directory.resolve("switch")).resolve("switches.json"), copy);
        for (String folder : List.of("net.d", "bin")) {
            Files.createDirectory(directory.resolve(folder));
        }
        // As the image starts it.
        ProcessBuilder builder = new ProcessBuilder(
                        "nsenter",
                        "--net=/run/netns/" + node,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xms8m",
                        "-Xmx28m",
                        "-Xss256k",
                        "-XX:ReservedCodeCacheSize=16m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        PROJECT.resolve("cni-switch-plugin/target/app") + "/*",
                        "io.kubehv.cni.SwitchDaemon")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "NODE_NAME", "node",
                        "KUBEHV_RUN", directory.toString(),
                        "KUBEHV_CNI_CONFIGURATIONS", directory.resolve("net.d").toString(),
                        "KUBEHV_CNI_PROGRAMS", directory.resolve("bin").toString(),
                        "KUBEHV_SHIM", program().toString(),
                        "KUBERNETES_MASTER", "https://127.0.0.1:1",
                        "KUBECONFIG", directory.resolve("none").toString()));
        Process started = builder.start();
        daemon = started;
        long deadline = System.nanoTime() + DAEMON_START.toNanos();
        while (!Files.exists(directory.resolve("switch.sock"))) {
            if (System.nanoTime() > deadline || started.waitFor(50, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(
                        "the switch daemon does not start: " + Files.readString(directory.resolve("log")));
            }
        }
    }

    @Override
    void end() throws IOException, InterruptedException {
        if (daemon != null) {
            daemon.destroyForcibly().waitFor();
        }
        super.end();
    }

    @Override
    Path program() {
        return directory.resolve("shim");
    }

    @Override
    String configuration(int number, String interfaceName) {
        return configuration(new SwitchPortDraft(
                        "lan",
                        "00:15:5d:00:%02x:%02x".formatted(number >> 8, number & 0xFF),
                        "10.99.%d.%d".formatted(number >> 8, number & 0xFF))
                .device("tap" + interfaceName)
                .dhcp()
                .router()
                .storm(100)
                .list(List.of(
                        new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "192.0.2.0/24")))
                .maximum(1_000_000_000L)
                .port());
    }

    /** What the runtime gives the plug-in for a pod with this port. */
    static String configuration(SwitchPort port) {
        String ports = SwitchPort.write(List.of(port)).replace("\\", "\\\\").replace("\"", "\\\"");
        return "{\"cniVersion\":\"1.0.0\",\"name\":\"bench\",\"type\":\"kubehv-switch\",\"runtimeConfig\":{"
                + "\"io.kubernetes.cri.pod-annotations\":{\"" + KubeHV.SWITCH_PORTS_ANNOTATION + "\":\"" + ports
                + "\"}},\"prevResult\":{\"cniVersion\":\"1.0.0\"}}";
    }
}
