package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Collectors;

/** The one JSON dialect of definitions: what isn't known is refused, because ignoring it would run another VM than was asked for. */
final class DefinitionJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();

    private DefinitionJson() {}

    static String write(Object definition) {
        try {
            return MAPPER.writeValueAsString(definition);
        } catch (JsonProcessingException e) {
            throw new DefinitionException("can't write " + definition.getClass().getSimpleName() + " as JSON", e);
        }
    }

    static <T> T read(String json, Class<T> type) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new DefinitionException("the definition is null; expected a JSON object");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new DefinitionException(explain(e), e);
        }
    }

    static ObjectNode tree(Object definition) {
        return MAPPER.valueToTree(definition);
    }

    /** A number of an object that may not be understood otherwise; 0 where there is none. */
    static int number(String json, String field) {
        try {
            return MAPPER.readTree(json).path(field).asInt();
        } catch (JsonProcessingException e) {
            // Why it can't be read is told by whoever asked for all of it.
            return 0;
        }
    }

    private static String explain(JsonProcessingException e) {
        return switch (e) {
            case UnrecognizedPropertyException unknown ->
                "unknown field \"" + path(unknown) + "\"; this version knows " + unknown.getKnownPropertyIds();
            case ValueInstantiationException broken
            when broken.getCause() instanceof DefinitionException rule ->
                (path(broken).isEmpty() ? "" : path(broken) + ": ") + rule.getMessage();
            case JsonMappingException mapping ->
                (path(mapping).isEmpty() ? "definition" : "field \"" + path(mapping) + "\"") + ": "
                        + e.getOriginalMessage();
            default -> "not JSON: " + e.getOriginalMessage();
        };
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(reference -> reference.getFieldName() == null
                        ? "[" + reference.getIndex() + "]"
                        : "." + reference.getFieldName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }
}
