package io.kubehv.launcher.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * How the program of a pod ends that runs once: its exit status is the only truth, 0 says that the work is done. What was found or
 * what went wrong is one JSON object, the log's last line and the container's termination message.
 */
public final class PodProgram {
    /** EX_DATAERR of sysexits.h. */
    private static final int FAILED = 65;

    /** Where the kubelet finds what was told. */
    private static final Path TERMINATION_MESSAGE = Path.of("/dev/termination-log");

    private PodProgram() {}

    /** What is to be done; returns what it tells. */
    @FunctionalInterface
    public interface Work {
        Map<String, Object> run() throws ImportException, IOException;
    }

    /**
     * Reads what the pod's environment says of the work.
     *
     * @throws ImportException it is missing, or something else
     */
    public static <T> T definition(String variable, Function<String, T> reading) throws ImportException {
        String json = System.getenv(variable);
        if (json == null) {
            throw new ImportException(
                    Reason.DEFINITION_INVALID, "the environment variable " + variable + " is missing");
        }
        try {
            return reading.apply(json);
        } catch (DefinitionException e) {
            throw new ImportException(
                    Reason.DEFINITION_INVALID,
                    "the environment variable " + variable + " can't be understood: " + e.getMessage(),
                    e);
        }
    }

    /** Does it and tells how it went, to whoever looks at the pod; returns the exit status. */
    public static int run(Work work, Reason otherwise) throws IOException {
        Map<String, Object> told = new LinkedHashMap<>();
        int status = 0;
        try {
            told.putAll(work.run());
        } catch (ImportException | IOException | RuntimeException e) {
            ImportException failure = explain(e, otherwise);
            told.put("reason", failure.reason().toString());
            told.put("message", failure.getMessage());
            status = FAILED;
        }
        String text = json(told);
        System.out.println(text);
        Files.writeString(TERMINATION_MESSAGE, text);
        return status;
    }

    private static String json(Map<String, Object> told) {
        try {
            return new ObjectMapper().writeValueAsString(told);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("text and numbers can be written as JSON", e);
        }
    }

    /** Every failure has a reason: the object's owner sees nothing else of it. */
    static ImportException explain(Exception failure, Reason otherwise) {
        if (failure instanceof ImportException told) {
            return told;
        }
        boolean full = String.valueOf(failure.getMessage()).contains("No space left");
        return new ImportException(
                full ? Reason.NO_SPACE : otherwise,
                (full ? "the volume or the node has no room for it; give it more: " : "it broke off: ") + failure,
                failure);
    }
}
