package io.kubehv.cni.chain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubehv.cni.spec.CniCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A list of plug-ins with ours at its end, or without. It is cut into the text, so that every other byte stays as it was written
 * and taking ours out again gives the text of before.
 */
final class ChainEdit {
    /** Our plug-in's type: the name of its executable. */
    static final String TYPE = "kubehv-switch";

    /** Those that the shim speaks. In a list of another it would fail each pod of the node. */
    private static final Set<String> VERSIONS = Set.of("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

    private static final String PLUGINS = "plugins";

    /** As strict as the strictest runtime, and as exact: what it reads is compared with what it writes. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final byte[] OURS = ("{\"type\": \"" + TYPE + "\", \"capabilities\": {\"" + CniCall.POD_ANNOTATIONS
                    + "\": true}}")
            .getBytes(StandardCharsets.UTF_8);
    private static final byte[] SEPARATOR = ",\n    ".getBytes(StandardCharsets.UTF_8);

    private ChainEdit() {}

    /** A configuration that can't be changed, as it is none that a runtime would take, or none that ours can be in. */
    static final class NoConfigurationException extends Exception {
        private static final long serialVersionUID = 1L;

        NoConfigurationException(String message) {
            super(message);
        }
    }

    /** Where a plug-in stands in the text, from its first byte to the one after its last. */
    private record Place(int start, int end) {}

    /** The list with our plug-in; empty where it is there, as it should be. */
    static Optional<byte[]> with(byte[] text) throws NoConfigurationException {
        ObjectNode list = list(text);
        requireVersion(list);
        ArrayNode plugins = plugins(list);
        if (isOurs(plugins.get(plugins.size() - 1))
                && plugins.get(plugins.size() - 1).equals(object(OURS))
                && count(plugins) == 1) {
            return Optional.empty();
        }
        byte[] base = withoutOurs(text);
        List<Place> places = places(base);
        if (places.isEmpty()) {
            throw new NoConfigurationException("plugins has none but ours: there is no network to be chained to");
        }
        int at = places.getLast().end();
        ByteArrayOutputStream changed = new ByteArrayOutputStream(base.length + OURS.length + SEPARATOR.length);
        changed.write(base, 0, at);
        changed.writeBytes(SEPARATOR);
        changed.writeBytes(OURS);
        changed.write(base, at, base.length - at);
        ObjectNode expected = list.deepCopy();
        removeOurs(plugins(expected));
        plugins(expected).add(object(OURS));
        return Optional.of(checked(changed.toByteArray(), expected));
    }

    /** The list without our plug-in; empty where it has none. */
    static Optional<byte[]> without(byte[] text) throws NoConfigurationException {
        ObjectNode list = list(text);
        if (count(plugins(list)) == 0) {
            return Optional.empty();
        }
        removeOurs(plugins(list));
        return Optional.of(checked(withoutOurs(text), list));
    }

    /** A single plug-in's configuration as a list of it and ours. */
    static byte[] wrapped(byte[] text) throws NoConfigurationException {
        ObjectNode plugin = object(text);
        if (!plugin.path("type").isTextual()) {
            throw new NoConfigurationException("type is missing: it is no plug-in's configuration");
        }
        requireVersion(plugin);
        ObjectNode list = JSON.createObjectNode();
        for (String shared : List.of("cniVersion", "name")) {
            if (plugin.has(shared)) {
                list.set(shared, plugin.get(shared));
            }
        }
        list.putArray(PLUGINS).add(plugin).add(object(OURS));
        return (list.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** A list of several versions is used with the newest that its reader knows. */
    private static void requireVersion(ObjectNode list) throws NoConfigurationException {
        List<String> versions = new ArrayList<>();
        versions.add(list.path("cniVersion").asText());
        list.path("cniVersions").forEach(version -> versions.add(version.asText()));
        for (String version : versions) {
            if (!VERSIONS.contains(version)) {
                throw new NoConfigurationException("cniVersion is \"" + version + "\", and our plug-in has only "
                        + VERSIONS.stream().sorted().toList() + ": set one of these");
            }
        }
    }

    /** With a switch it is a network that somebody has made for pods, and stays as he wrote it. */
    private static boolean isOurs(JsonNode plugin) {
        return plugin.path("type").asText().equals(TYPE) && !plugin.has("switch");
    }

    private static int count(ArrayNode plugins) {
        int ours = 0;
        for (JsonNode plugin : plugins) {
            ours += isOurs(plugin) ? 1 : 0;
        }
        return ours;
    }

    private static void removeOurs(ArrayNode plugins) {
        for (int i = plugins.size() - 1; i >= 0; i--) {
            if (isOurs(plugins.get(i))) {
                plugins.remove(i);
            }
        }
    }

    /** Each of ours goes with what stands between it and its neighbour before, or after where it is the first. */
    private static byte[] withoutOurs(byte[] text) throws NoConfigurationException {
        byte[] left = text;
        ArrayNode plugins = plugins(object(text));
        for (int i = plugins.size() - 1; i >= 0; i--) {
            if (isOurs(plugins.get(i))) {
                List<Place> places = places(left);
                int from = i > 0 ? places.get(i - 1).end() : places.get(0).start();
                int to = i > 0 || places.size() == 1
                        ? places.get(i).end()
                        : places.get(1).start();
                left = cut(left, from, to);
            }
        }
        return left;
    }

    private static byte[] cut(byte[] text, int from, int to) {
        ByteArrayOutputStream left = new ByteArrayOutputStream(text.length);
        left.write(text, 0, from);
        left.write(text, to, text.length - to);
        return left.toByteArray();
    }

    private static List<Place> places(byte[] text) throws NoConfigurationException {
        List<Place> places = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(text)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(PLUGINS);
                JsonToken value = parser.nextToken();
                if (!found || value != JsonToken.START_ARRAY) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    int start = (int) parser.currentTokenLocation().getByteOffset();
                    parser.skipChildren();
                    places.add(new Place(start, (int) parser.currentLocation().getByteOffset()));
                }
            }
            return places;
        } catch (IOException e) {
            throw new NoConfigurationException("it is no JSON: " + e.getMessage());
        }
    }

    /** What a mistake of ours would have made of it reaches no runtime. */
    private static byte[] checked(byte[] text, ObjectNode expected) throws NoConfigurationException {
        if (!object(text).equals(expected)) {
            throw new NoConfigurationException("our plug-in can't be cut into or out of this text");
        }
        return text;
    }

    private static ArrayNode plugins(ObjectNode list) throws NoConfigurationException {
        if (list.path(PLUGINS) instanceof ArrayNode plugins) {
            return plugins;
        }
        throw new NoConfigurationException("plugins is missing: it is no list of plug-ins");
    }

    private static ObjectNode list(byte[] text) throws NoConfigurationException {
        ObjectNode list = object(text);
        ArrayNode plugins = plugins(list);
        if (plugins.isEmpty()) {
            throw new NoConfigurationException("plugins is empty: there is no network to be chained to");
        }
        for (JsonNode plugin : plugins) {
            if (!plugin.isObject()) {
                throw new NoConfigurationException("plugins has something that is no object");
            }
        }
        return list;
    }

    private static ObjectNode object(byte[] text) throws NoConfigurationException {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
            throw new NoConfigurationException("it is no JSON object");
        } catch (JsonProcessingException e) {
            throw new NoConfigurationException("it is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new NoConfigurationException("it is no text: " + e.getMessage());
        }
    }
}
