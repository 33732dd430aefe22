package io.kubehv.vmbus.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.vmbus.status.DaemonApply;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What the daemon says of its node: the label with the accelerator, by which VMs that require KVM are placed, and since
 * when the node is up, by which it is known that VMs ended with it. Tries on until it is written.
 */
public final class NodeRecord implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeRecord.class.getName());
    private static final long RETRY_SECONDS = 5;

    private final KubernetesClient client;
    private final String node;
    private final Instant bootedAt;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("node-record").factory());

    public NodeRecord(KubernetesClient client, String node, Instant bootedAt) {
        this.client = client;
        this.node = node;
        this.bootedAt = bootedAt;
    }

    public void write(Accelerator accelerator) {
        writer.execute(() -> patch(accelerator));
    }

    private void patch(Accelerator accelerator) {
        Node record = new NodeBuilder()
                .withNewMetadata()
                .withName(node)
                .addToLabels(KubeHV.ACCELERATOR_LABEL, accelerator.name())
                .addToAnnotations(KubeHV.BOOTED_AT_ANNOTATION, bootedAt.toString())
                .endMetadata()
                .build();
        try {
            client.nodes().resource(record).patch(DaemonApply.CONTEXT, record);
        } catch (KubernetesClientException e) {
            LOG.log(Level.WARNING, () -> "can't write to the node yet: " + e.getMessage());
            var _ = writer.schedule(() -> patch(accelerator), RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        writer.shutdownNow();
    }
}
