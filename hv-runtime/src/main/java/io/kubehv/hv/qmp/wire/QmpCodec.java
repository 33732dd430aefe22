package io.kubehv.hv.qmp.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubehv.hv.qmp.QmpProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between bytes and messages. Whatever the bytes, {@link #parse} gives a message or a {@link QmpProtocolException}. */
public final class QmpCodec {
    /** What any answer that KubeHV asks for stays far below. A tree takes some thirty times the memory of its text. */
    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(64)
            .maxTokenCount(50_000)
            .maxNameLength(1024)
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(
                    JsonFactory.builder().streamReadConstraints(LIMITS).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int EXCERPT = 120;

    private QmpCodec() {}

    /** A command as one line, with its end. */
    public static byte[] command(String name, Map<String, ?> arguments, @Nullable String id) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("execute", name);
        if (!arguments.isEmpty()) {
            message.set("arguments", MAPPER.valueToTree(arguments));
        }
        if (id != null) {
            message.put("id", id);
        }
        try {
            return (MAPPER.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("arguments of " + name + " can't be written as JSON", e);
        }
    }

    /** One line, without its end, as a message. */
    public static QmpMessage parse(byte[] line) throws QmpProtocolException {
        JsonNode message = read(line);
        if (!message.isObject()) {
            throw broken("not a JSON object", line);
        }
        if (message.has("event")) {
            return event(message, line);
        }
        if (message.has("return")) {
            return new QmpMessage.Return(id(message), message.get("return"));
        }
        if (message.has("error")) {
            JsonNode error = message.get("error");
            return new QmpMessage.Failure(
                    id(message),
                    error.path("class").asText("GenericError"),
                    error.path("desc").asText("no description"));
        }
        if (message.path("QMP").isObject()) {
            JsonNode version = message.path("QMP").path("version").path("qemu");
            return new QmpMessage.Greeting(version.path("major").asInt()
                    + "." + version.path("minor").asInt() + "."
                    + version.path("micro").asInt());
        }
        throw broken("a message of no known kind", line);
    }

    private static JsonNode read(byte[] line) throws QmpProtocolException {
        try {
            return MAPPER.readTree(line);
        } catch (IOException e) {
            throw new QmpProtocolException("not JSON: " + excerpt(line), e);
        }
    }

    private static QmpMessage.Event event(JsonNode message, byte[] line) throws QmpProtocolException {
        if (!message.path("event").isTextual()) {
            throw broken("an event without a name", line);
        }
        JsonNode time = message.path("timestamp");
        JsonNode data = message.path("data");
        return new QmpMessage.Event(
                message.path("event").asText(),
                data.isObject() ? data : JsonNodeFactory.instance.objectNode(),
                instant(time.path("seconds").asLong(), time.path("microseconds").asLong()));
    }

    /** QEMU sends -1 where its clock failed; a nonsense time is no reason to lose an event. */
    private static Instant instant(long seconds, long microseconds) {
        boolean sane = seconds >= 0 && seconds < 1L << 40 && microseconds >= 0 && microseconds < 1_000_000;
        return sane ? Instant.ofEpochSecond(seconds, microseconds * 1000) : Instant.EPOCH;
    }

    private static @Nullable String id(JsonNode message) {
        return message.path("id").isTextual() ? message.path("id").asText() : null;
    }

    private static QmpProtocolException broken(String what, byte[] line) {
        return new QmpProtocolException(what + ": " + excerpt(line), null);
    }

    private static String excerpt(byte[] line) {
        String text = new String(line, 0, Math.min(line.length, EXCERPT), StandardCharsets.UTF_8);
        return line.length > EXCERPT ? text + "…" : text;
    }
}
