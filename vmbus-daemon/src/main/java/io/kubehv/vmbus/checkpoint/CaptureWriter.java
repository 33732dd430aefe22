package io.kubehv.vmbus.checkpoint;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointReversal;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.vmbus.status.DaemonApply;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes what the daemon tells of checkpoints into their statuses, by server-side apply, until the API server has it or
 * something newer is to be told of the same object. Thread-safe; nobody waits.
 */
public final class CaptureWriter implements CheckpointOutlet, AutoCloseable {
    private static final Logger LOG = System.getLogger(CaptureWriter.class.getName());
    private static final long RETRY_MILLIS = 500;

    private final KubernetesClient client;
    /** By the objects' UIDs: the number of what is to be told last. */
    private final Map<String, Long> newest = new ConcurrentHashMap<>();

    private final AtomicLong told = new AtomicLong();

    private final ScheduledExecutorService writes = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("checkpoint-writer").factory());

    public CaptureWriter(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public void tell(CheckpointOrder order, CheckpointCapture capture, Runnable whenThere) {
        Checkpoint statusOnly = new Checkpoint();
        statusOnly.setMetadata(place(order.namespace(), order.name(), order.uid()));
        statusOnly.setStatus(new CheckpointStatus(
                null, null, null, null, null, null, null, null, null, null, null, capture, null, null));
        begin(statusOnly, whenThere);
    }

    /** What the status of an apply is to say of its volumes. */
    public void tell(CheckpointApply apply, CheckpointReversal reversal) {
        CheckpointApply statusOnly = new CheckpointApply();
        statusOnly.setMetadata(place(
                apply.getMetadata().getNamespace(),
                apply.getMetadata().getName(),
                apply.getMetadata().getUid()));
        statusOnly.setStatus(new CheckpointApplyStatus(null, null, null, null, reversal, null, null, null));
        begin(statusOnly, () -> {});
    }

    private static ObjectMeta place(String namespace, String name, String uid) {
        return new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(name)
                .withUid(uid)
                .build();
    }

    private <T extends CustomResource<?, ?>> void begin(T statusOnly, Runnable whenThere) {
        long number = told.incrementAndGet();
        newest.put(statusOnly.getMetadata().getUid(), number);
        writes.execute(() -> write(statusOnly, number, whenThere));
    }

    private <T extends CustomResource<?, ?>> void write(T statusOnly, long number, Runnable whenThere) {
        String uid = statusOnly.getMetadata().getUid();
        if (!Long.valueOf(number).equals(newest.get(uid))) {
            return;
        }
        try {
            var _ = client.resource(statusOnly).subresource("status").patch(DaemonApply.CONTEXT, statusOnly);
            newest.remove(uid, number);
            whenThere.run();
        } catch (RuntimeException e) {
            if (e instanceof KubernetesClientException refused && DaemonApply.isGone(refused)) {
                newest.remove(uid, number);
                return;
            }
            // Whatever it was: nobody else tells it.
            retry(statusOnly, number, whenThere, e);
        }
    }

    private <T extends CustomResource<?, ?>> void retry(
            T statusOnly, long number, Runnable whenThere, RuntimeException why) {
        LOG.log(Level.WARNING, () -> statusOnly.getMetadata().getName() + ": the status is not written yet", why);
        var _ = writes.schedule(() -> write(statusOnly, number, whenThere), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        writes.shutdownNow();
    }
}
