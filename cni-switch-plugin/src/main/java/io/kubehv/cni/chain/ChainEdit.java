package io.kubehv.cni.chain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubehv.cni.spec.CniCall;
import java.util.Optional;

/** A list of plug-ins with ours at its end, or without. Everything else in it stays as it is. */
final class ChainEdit {
    /** Our plug-in's type: the name of its executable. */
    static final String TYPE = "kubehv-switch";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ChainEdit() {}

    /** A configuration that can't be changed, as it is none that a runtime would take. */
    static final class NoConfigurationException extends Exception {
        private static final long serialVersionUID = 1L;

        NoConfigurationException(String message) {
            super(message);
        }
    }

    /** The list with our plug-in; empty where it is there, as it should be. */
    static Optional<String> with(String text) throws NoConfigurationException {
        ObjectNode list = list(text);
        ArrayNode plugins = plugins(list);
        if (plugins.isEmpty()) {
            throw new NoConfigurationException("plugins is empty: there is no network to be chained to");
        }
        ArrayNode before = plugins.deepCopy();
        removeOurs(plugins);
        plugins.add(ours());
        return plugins.equals(before) ? Optional.empty() : Optional.of(write(list));
    }

    /** The list without our plug-in; empty where it has none. */
    static Optional<String> without(String text) throws NoConfigurationException {
        ObjectNode list = list(text);
        return removeOurs(plugins(list)) ? Optional.of(write(list)) : Optional.empty();
    }

    /** A single plug-in's configuration as a list of it alone. */
    static String wrapped(String text) throws NoConfigurationException {
        ObjectNode plugin = object(text);
        if (!plugin.path("type").isTextual()) {
            throw new NoConfigurationException("type is missing: it is no plug-in's configuration");
        }
        ObjectNode list = JSON.createObjectNode();
        for (String shared : new String[] {"cniVersion", "name"}) {
            if (plugin.has(shared)) {
                list.set(shared, plugin.get(shared));
            }
        }
        list.putArray("plugins").add(plugin);
        return write(list);
    }

    private static JsonNode ours() {
        ObjectNode plugin = JSON.createObjectNode();
        plugin.put("type", TYPE);
        plugin.putObject("capabilities").put(CniCall.POD_ANNOTATIONS, true);
        return plugin;
    }

    private static boolean removeOurs(ArrayNode plugins) {
        boolean removed = false;
        for (int i = plugins.size() - 1; i >= 0; i--) {
            if (plugins.get(i).path("type").asText().equals(TYPE)) {
                plugins.remove(i);
                removed = true;
            }
        }
        return removed;
    }

    private static ArrayNode plugins(ObjectNode list) throws NoConfigurationException {
        if (list.path("plugins") instanceof ArrayNode plugins) {
            return plugins;
        }
        throw new NoConfigurationException("plugins is missing: it is no list of plug-ins");
    }

    private static ObjectNode list(String text) throws NoConfigurationException {
        return object(text);
    }

    private static ObjectNode object(String text) throws NoConfigurationException {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
            throw new NoConfigurationException("it is no JSON object");
        } catch (JsonProcessingException e) {
            throw new NoConfigurationException("it is no JSON: " + e.getOriginalMessage());
        }
    }

    private static String write(ObjectNode list) {
        return list.toPrettyString() + "\n";
    }
}
