package io.kubehv.operator.pod;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.operator.Owners;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jboss.logging.Logger;

/** The last lines of what a pod's program says while it runs, as far as they can be read. */
@ApplicationScoped
public class PodLogs {
    private static final Logger LOG = Logger.getLogger(PodLogs.class);

    private final KubernetesClient client;

    public PodLogs(KubernetesClient client) {
        this.client = client;
    }

    /** How far it is, in percent: progress is a courtesy. */
    public Optional<Integer> percent(Pod pod) {
        if (!new PodFacts(pod).running()) {
            return Optional.empty();
        }
        return lastLines(pod, 1)
                .map(line -> OneShotPod.read(line).path("percent"))
                .filter(JsonNode::isNumber)
                .map(JsonNode::asInt);
    }

    /** Its last lines. */
    public Optional<String> lastLines(Pod pod, int lines) {
        try {
            return Optional.ofNullable(client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .inContainer(OneShotPod.CONTAINER)
                    .tailingLines(lines)
                    .getLog());
        } catch (KubernetesClientException e) {
            LOG.debugf(e, "%s: no log to read", Owners.key(pod));
            return Optional.empty();
        }
    }
}
