package io.kubehv.e2e.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A plug-in with a namespace that plays its node. */
abstract class Contender {
    static final Path PROJECT =
            Path.of(System.getProperty("bench.guests"), "..", "..").normalize();
    static final Path PLUGINS = BuildCache.folder("cni-plugins");

    private static int numbers;

    final String name;
    final String node = "kubehv-bench-" + ProcessHandle.current().pid() + "-" + ++numbers;
    private final String crowd = node + "-crowd";
    private int ports;

    Contender(String name) {
        this.name = name;
    }

    void start() throws IOException, InterruptedException {
        run(List.of("ip", "netns", "add", node));
        run(List.of("ip", "-n", node, "link", "set", "lo", "up"));
        run(List.of("ip", "netns", "add", crowd));
    }

    void end() throws IOException, InterruptedException {
        for (String namespace : List.of(crowd, node)) {
            new ProcessBuilder("ip", "netns", "del", namespace).start().waitFor();
        }
    }

    final void fill(int wanted) throws IOException, InterruptedException {
        while (ports < wanted) {
            call("ADD", crowd, ports, "net" + ports);
            ports++;
        }
    }

    /** How many ports have been made and stay. */
    final int ports() {
        return ports;
    }

    abstract Path program();

    abstract String configuration(int number, String interfaceName);

    final Duration call(String command, String namespace, int number, String interfaceName)
            throws IOException, InterruptedException {
        return call(command, namespace, number, interfaceName, configuration(number, interfaceName));
    }

    final Duration call(String command, String namespace, int number, String interfaceName, String configuration)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "nsenter", "--net=/run/netns/" + node, program().toString())
                .redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "CNI_COMMAND",
                        command,
                        "CNI_CONTAINERID",
                        "c" + number,
                        "CNI_NETNS",
                        "/run/netns/" + namespace,
                        "CNI_IFNAME",
                        interfaceName,
                        "CNI_ARGS",
                        "IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=p" + number + ";K8S_POD_UID=u" + number,
                        "CNI_PATH",
                        PLUGINS.toString()));
        long start = System.nanoTime();
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(configuration.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (status != 0) {
            throw new IllegalStateException(name + ": " + command + " of port " + number + " failed: " + output);
        }
        return took;
    }

    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
        }
        return output;
    }
}
