package io.kubehv.e2e;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A worker of the Kind cluster that is shut down or loses its power, and comes back. */
final class RestartedNode {
    private static final Duration DEADLINE = Duration.ofMinutes(4);
    private static final String CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

    private boolean touched;

    /** The last of the workers. */
    String name(Laboratory laboratory) {
        return laboratory.client().nodes().list().getItems().stream()
                .filter(node -> !node.getMetadata().getLabels().containsKey(CONTROL_PLANE))
                .map(node -> node.getMetadata().getName())
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Whether its shutdown waits for the kubelet, which ends the pods first. */
    boolean waitsForPods(Laboratory laboratory) {
        return laboratory
                .cluster()
                .onNode(name(laboratory), "sh", "-c", "systemd-inhibit --list --no-pager 2>&1 || true")
                .contains("kubelet");
    }

    /** As an administrator shuts a machine down; returns when it was off: the engine may start it again by itself. */
    void powerOff(Laboratory laboratory) {
        touched = true;
        String node = name(laboratory);
        String before = life(node);
        String _ = laboratory.cluster().onNode(node, "systemctl", "poweroff");
        laboratory.await(node + " to be off", DEADLINE).until(() -> !life(node).equals(before));
    }

    /** As one presses a machine's reset button: nothing in it is told. */
    void restart(Laboratory laboratory) {
        touched = true;
        String node = name(laboratory);
        String _ = Cluster.run("docker", "kill", node);
        back(laboratory);
    }

    private static String life(String node) {
        return Cluster.run("docker", "inspect", "-f", "{{.State.Running}} {{.State.StartedAt}}", node);
    }

    /** Starts it where it is off; returns when it is ready and all that the cluster runs on it is. */
    void back(Laboratory laboratory) {
        if (!touched) {
            return;
        }
        String node = name(laboratory);
        // Also gives the node its routes to the other nodes' pods again, which went with its network.
        String _ = Cluster.run(script().toString(), "up");
        laboratory.await(node + " to be ready", DEADLINE).until(() -> isReady(laboratory, node));
        clearFailed(laboratory, node);
        laboratory.await("the system's pods on " + node, DEADLINE).until(() -> areReady(laboratory, node));
        touched = false;
    }

    /**
     * A node that shuts down turns away the pods that DaemonSets make in the place of those that it ended. Their controller
     * replaces such a pod after a pause that doubles with each, up to a quarter of an hour; one that is gone, at once.
     */
    private static void clearFailed(Laboratory laboratory, String node) {
        for (String namespace : List.of("kube-system", Cluster.SYSTEM_NAMESPACE)) {
            laboratory
                    .client()
                    .pods()
                    .inNamespace(namespace)
                    .withField("spec.nodeName", node)
                    .withField("status.phase", "Failed")
                    .delete();
        }
    }

    private static Path script() {
        Path script = Path.of("cluster", "cluster.sh");
        return Files.exists(script) ? script : Path.of("e2e").resolve(script);
    }

    private static boolean isReady(Laboratory laboratory, String name) {
        Node node = laboratory.client().nodes().withName(name).get();
        Optional<NodeCondition> ready = node.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .findFirst();
        return ready.filter(condition -> condition.getStatus().equals("True")).isPresent()
                && node.getSpec().getTaints().isEmpty();
    }

    /** Those of DaemonSets have a new pod each where the node shut down in order. */
    private static boolean areReady(Laboratory laboratory, String node) {
        return List.of("vmbus-daemon", "csi-checkpoint-driver").stream()
                        .allMatch(app -> laboratory.cluster().systemPods(app).stream()
                                .anyMatch(pod -> node.equals(pod.getSpec().getNodeName()) && isUp(pod)))
                && laboratory.cluster().systemPods("operator").stream().anyMatch(RestartedNode::isUp);
    }

    private static boolean isUp(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null && Readiness.isPodReady(pod);
    }
}
