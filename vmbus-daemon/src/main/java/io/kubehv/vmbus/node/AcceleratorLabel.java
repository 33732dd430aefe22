package io.kubehv.vmbus.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.KubeHV;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The node's label with its accelerator, by which VMs that require KVM are placed. Tries on until it is written. */
public final class AcceleratorLabel implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AcceleratorLabel.class.getName());
    private static final long RETRY_SECONDS = 5;
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(KubeHV.DAEMON_FIELD_MANAGER)
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final String node;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("accelerator-label").factory());

    public AcceleratorLabel(KubernetesClient client, String node) {
        this.client = client;
        this.node = node;
    }

    public void write(Accelerator accelerator) {
        writer.execute(() -> patch(accelerator));
    }

    private void patch(Accelerator accelerator) {
        Node labelOnly = new NodeBuilder()
                .withNewMetadata()
                .withName(node)
                .addToLabels(KubeHV.ACCELERATOR_LABEL, accelerator.name())
                .endMetadata()
                .build();
        try {
            client.nodes().resource(labelOnly).patch(APPLY, labelOnly);
        } catch (KubernetesClientException e) {
            LOG.log(Level.WARNING, () -> "can't label the node yet: " + e.getMessage());
            var _ = writer.schedule(() -> patch(accelerator), RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        writer.shutdownNow();
    }
}
