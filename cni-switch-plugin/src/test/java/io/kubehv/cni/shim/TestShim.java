package io.kubehv.cni.shim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.spec.CniCall;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The shim, compiled for a test, and called as a runtime calls it.
 *
 * @param program the executable
 */
public record TestShim(Path program) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LONGEST_SECONDS = 40;
    private static final int KILLED = 128 + 9;

    /**
     * Compiles it.
     *
     * @param run what it takes for /run/kubehv
     * @param deadlineSeconds how long it waits for a daemon that is there
     */
    public static TestShim compile(Path program, Path run, int deadlineSeconds, String... flags)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("gcc", "-Wall", "-Wextra", "-Werror"));
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "-DRUN_DIRECTORY=\"" + run + "\"",
                "-DDEADLINE_SECONDS=" + deadlineSeconds,
                "-o",
                program.toString(),
                "shim/kubehv-switch.c"));
        Process gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(gcc.waitFor()).as(output).isZero();
        return new TestShim(program);
    }

    /**
     * What came of a call.
     *
     * @param status the exit status
     * @param output standard output
     */
    public record Answer(int status, String output, Duration took) {
        /** CNI's code of the error. */
        public int code() throws IOException {
            return JSON.readTree(output).path("code").asInt();
        }
    }

    /** Calls it with these variables and no others. */
    public Answer call(Map<String, String> variables, byte[] input) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(program.toString());
        builder.environment().clear();
        builder.environment().putAll(variables);
        long start = System.nanoTime();
        Process process = builder.start();
        Thread writer = Thread.ofVirtual().start(() -> {
            try (OutputStream in = process.getOutputStream()) {
                in.write(input);
            } catch (IOException e) {
                // It has ended without reading all, and its answer says why.
                assertThat(e.getMessage()).containsAnyOf("pipe", "closed");
            }
        });
        // Else one that never ends would keep the test for ever at what it prints. The handle leaves the streams open.
        CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS)
                .execute(process.toHandle()::destroyForcibly);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        assertThat(status).as("the shim ends by itself").isNotEqualTo(KILLED);
        writer.join();
        assertThat(errors).doesNotContain("Sanitizer", "runtime error");
        return new Answer(status, output, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Calls it for a pod that has ports, as containerd does. */
    public Answer call(String command, String containerId, String namespace, List<SwitchPort> ports)
            throws IOException, InterruptedException {
        Map<String, String> variables = new HashMap<>();
        variables.put("CNI_COMMAND", command);
        variables.put("CNI_CONTAINERID", containerId);
        variables.put("CNI_NETNS", namespace);
        variables.put("CNI_IFNAME", "eth0");
        variables.put("CNI_PATH", "/opt/cni/bin");
        variables.put(
                "CNI_ARGS",
                "K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + containerId + ";K8S_POD_UID=uid-" + containerId);
        return call(variables, configuration(ports).getBytes(StandardCharsets.UTF_8));
    }

    private static String configuration(List<SwitchPort> ports) throws IOException {
        ObjectNode configuration = (ObjectNode) previous();
        configuration
                .putObject("runtimeConfig")
                .putObject(CniCall.POD_ANNOTATIONS)
                .put(KubeHV.SWITCH_PORTS_ANNOTATION, SwitchPort.write(ports));
        return configuration.toString();
    }

    private static JsonNode previous() throws IOException {
        return JSON.readTree("""
                {"cniVersion": "1.1.0", "name": "kind", "type": "kubehv-switch", "prevResult":
                 {"cniVersion": "1.1.0", "ips": [{"address": "10.244.0.2/24"}]}}
                """);
    }
}
