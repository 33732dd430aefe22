package io.kubehv.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Instant;
import java.util.List;

/** Who wrote what, as the API server itself noted it (Kind only: the log is a file on the control plane). */
public final class AuditLog {
    private static final String FILES = "/var/log/kubernetes/audit*.log";
    private static final String CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster;

    public AuditLog(Cluster cluster) {
        this.cluster = cluster;
    }

    /** A request that may change an object, whether the API server took it or not: both are work for it. */
    public record Write(Instant at, String user, String verb, String resource, String subresource, String name) {
        public boolean isOfOurPrograms() {
            return user.startsWith("system:serviceaccount:" + Cluster.SYSTEM_NAMESPACE + ":");
        }

        public boolean isOnMachine(String machine) {
            return resource.equals("virtualmachines") && name.equals(machine);
        }

        /** A VM's pod has the VM's name. */
        public boolean isOnPod(String machine) {
            return resource.equals("pods") && name.equals(machine);
        }
    }

    /** All writes on VMs, disks and pods of a namespace, in their order. */
    public List<Write> writes(String namespace) {
        return cluster.onNode(
                        controlPlane(),
                        "sh",
                        "-c",
                        "grep -hF '\"namespace\":\"%s\"' %s || true".formatted(namespace, FILES))
                .lines()
                .map(AuditLog::parse)
                .filter(event -> !event.path("requestURI").asText().contains("dryRun=All"))
                .map(AuditLog::write)
                .sorted(java.util.Comparator.comparing(Write::at))
                .toList();
    }

    private String controlPlane() {
        return cluster.client().nodes().withLabel(CONTROL_PLANE).list().getItems().stream()
                .map(Node::getMetadata)
                .map(metadata -> metadata.getName())
                .findFirst()
                .orElseThrow();
    }

    static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a line of an audit log: " + line, e);
        }
    }

    static Write write(JsonNode event) {
        JsonNode object = event.path("objectRef");
        return new Write(
                Instant.parse(event.path("requestReceivedTimestamp").asText()),
                event.path("user").path("username").asText(),
                event.path("verb").asText(),
                object.path("resource").asText(),
                object.path("subresource").asText(),
                object.path("name").asText());
    }
}
