package io.kubehv.cni.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.cni.TestPrograms;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Programs of others that call plug-ins as runtimes do. */
final class CniPrograms {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path DIRECTORY = TestPrograms.directory("cni-plugins");

    private CniPrograms() {}

    /** The program of this name, which {@code make test-programs} builds; the test is left out where it is not there. */
    static Path program(String name) {
        Path program = DIRECTORY.resolve(name);
        TestPrograms.require(program);
        return program;
    }

    /** What came of a call. */
    record Answer(int status, String output, String errors) {
        JsonNode json() throws IOException {
            assertThat(status).as(this.toString()).isZero();
            return JSON.readTree(output);
        }
    }

    static Answer call(Map<String, String> variables, String input, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(variables);
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(process.waitFor(), output, errors);
    }
}
