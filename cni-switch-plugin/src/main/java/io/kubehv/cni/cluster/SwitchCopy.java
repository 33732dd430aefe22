package io.kubehv.cni.cluster;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the cluster said last, kept on the node for a start without an API server. */
final class SwitchCopy {
    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private final Path file;

    SwitchCopy(Path file) {
        this.file = file;
    }

    /** Switches and nodes as they were seen. */
    record Contents(List<VirtualSwitch> switches, Map<String, Node> nodes) {
        /** A node, in JSON's own types. */
        record Node(Map<String, String> labels, String address) {}

        static Contents of(List<VirtualSwitch> switches, Map<String, NodeFacts> facts) {
            Map<String, Node> nodes = new HashMap<>();
            facts.forEach((name, node) -> nodes.put(
                    name,
                    new Node(
                            node.labels(),
                            node.address().map(InetAddress::getHostAddress).orElse(""))));
            return new Contents(switches, nodes);
        }

        Map<String, NodeFacts> facts() {
            Map<String, NodeFacts> facts = new HashMap<>();
            nodes.forEach((name, node) -> facts.put(
                    name,
                    new NodeFacts(
                            name,
                            node.labels(),
                            Optional.of(node.address())
                                    .filter(address -> !address.isEmpty())
                                    .map(InetAddress::ofLiteral))));
            return facts;
        }
    }

    /** What was kept; empty before anything was, or when it can't be read. */
    Optional<Contents> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(JSON.unmarshal(Files.readString(file), Contents.class));
    }

    void write(Contents contents) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.createDirectories(file.getParent());
        Files.writeString(fresh, JSON.asJson(contents));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
