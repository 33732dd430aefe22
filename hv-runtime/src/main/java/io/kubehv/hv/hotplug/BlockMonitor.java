package io.kubehv.hv.hotplug;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** QEMU's commands about block devices. Each throws as {@link QmpClient#execute} does. */
final class BlockMonitor {
    private final QmpClient client;
    private final Duration timeout;

    BlockMonitor(QmpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    /** All block nodes, by name. */
    Map<String, JsonNode> nodes() throws QmpException {
        Map<String, JsonNode> nodes = new HashMap<>();
        for (JsonNode node : client.execute("query-named-block-nodes", Map.of("flat", true), timeout)) {
            nodes.put(node.path("node-name").asText(""), node);
        }
        return nodes;
    }

    /** All block devices that the guest has, by the device's id or path. */
    Map<String, JsonNode> devices() throws QmpException {
        Map<String, JsonNode> devices = new HashMap<>();
        for (JsonNode device : client.execute("query-block", Map.of(), timeout)) {
            devices.put(device.path("qdev").asText(""), device);
        }
        return devices;
    }

    /** Where the files come from that QEMU was handed, by the number of their set. */
    Map<Long, Origin> handed() throws QmpException {
        Map<Long, Origin> handed = new HashMap<>();
        for (JsonNode set : client.execute("query-fdsets", Map.of(), timeout)) {
            for (JsonNode file : set.path("fds")) {
                Optional<Origin> origin = Origin.ofLabel(file.path("opaque").asText(""));
                origin.ifPresent(found -> handed.put(set.path("fdset-id").asLong(), found));
            }
        }
        return handed;
    }

    /** Whether a device was plugged into the running machine; false where there is no such device, or no longer. */
    boolean cameWhileRunning(String device) throws QmpException {
        try {
            return client.execute(
                            "qom-get",
                            Map.of("path", "/machine/peripheral/" + device, "property", "hotplugged"),
                            timeout)
                    .asBoolean();
        } catch (QmpCommandException e) {
            return false;
        }
    }

    void command(String name, Map<String, ?> arguments) throws QmpException {
        client.execute(name, arguments, timeout);
    }

    /**
     * Undoes something.
     *
     * @return false when QEMU refused: because there is nothing to undo, or not yet
     */
    boolean undo(String name, Map<String, ?> arguments) throws QmpException {
        try {
            command(name, arguments);
            return true;
        } catch (QmpCommandException e) {
            return false;
        }
    }
}
