package io.kubehv.vmbus.fleet;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.checkpoint.CheckpointDesk;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The watches that tell a {@link Fleet}, each narrowed by the API server to this node: what they cost grows with the
 * node's VMs and not with the cluster's. While the server is away they try on.
 */
public final class Watches implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Watches.class.getName());
    private static final String NODE_OF_POD = "spec.nodeName";
    private static final String NODE_OF_OURS = "status.nodeName";
    private static final long LOOKUP_RETRY_SECONDS = 1;

    private final KubernetesClient client;
    private final String node;
    private final ScheduledExecutorService lookups = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("machine-lookup").factory());
    private List<SharedIndexInformer<?>> informers = List.of();

    public Watches(KubernetesClient client, String node) {
        this.client = client;
        this.node = node;
    }

    /** Starts to tell the fleet. */
    public void start(Fleet fleet, CheckpointDesk desk) {
        informers = List.of(
                informer(pods().withLabel(KubeHV.SAVE_POD_FOR_LABEL), fleet::savePodIs, fleet::savePodIsGone),
                informer(
                        pods().withLabel(KubeHV.ATTACHMENT_FOR_LABEL),
                        fleet::attachmentPodIs,
                        fleet::attachmentPodIsGone),
                informer(ours(VirtualMachine.class), fleet::machineIs, fleet::machineIsGone),
                informer(pods().withLabel(KubeHV.VIRTUAL_MACHINE_LABEL, "true"), fleet::podIs, fleet::podIsGone),
                informer(ours(Checkpoint.class), desk::checkpointIs, desk::checkpointIsGone),
                informer(ours(CheckpointApply.class), desk::applyIs, desk::applyIsGone));
        informers.forEach(informer -> {
            informer.exceptionHandler((started, failure) -> true);
            var _ = informer.start();
        });
    }

    private FilterWatchListDeletable<Pod, PodList, PodResource> pods() {
        return client.pods().inAnyNamespace().withField(NODE_OF_POD, node);
    }

    private <T extends HasMetadata> Informable<T> ours(Class<T> kind) {
        return client.resources(kind).inAnyNamespace().withField(NODE_OF_OURS, node);
    }

    private static <T extends HasMetadata> SharedIndexInformer<T> informer(
            Informable<T> objects, Consumer<T> there, Consumer<T> gone) {
        SharedIndexInformer<T> informer = objects.runnableInformer(0);
        informer.addEventHandler(handler(there, gone));
        return informer;
    }

    /** Fetches one VM and tells the fleet what came of it; tries on until the server answers. */
    public void lookUp(MachineKey key, Fleet fleet) {
        lookups.execute(() -> fetch(key, fleet));
    }

    private void fetch(MachineKey key, Fleet fleet) {
        try {
            VirtualMachine machine = client.resources(VirtualMachine.class)
                    .inNamespace(key.namespace())
                    .withName(key.name())
                    .get();
            if (machine == null || !key.equals(MachineKey.of(machine))) {
                LOG.log(Level.INFO, () -> key + ": the VM is gone; its pod follows");
                fleet.machineIsNowhere(key);
            } else {
                fleet.machineIs(machine);
            }
        } catch (RuntimeException e) {
            // Whatever it was: nobody else asks again.
            LOG.log(Level.WARNING, () -> key + ": can't fetch the VM yet", e);
            var _ = lookups.schedule(() -> fetch(key, fleet), LOOKUP_RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Whether each watch has told all that there was at its start. */
    public boolean isComplete() {
        return !informers.isEmpty() && informers.stream().allMatch(SharedIndexInformer::hasSynced);
    }

    /** The record of who wrote which field is the larger part of an object, and nobody here reads it. */
    private static <T extends HasMetadata> T lean(T object) {
        object.getMetadata().setManagedFields(List.of());
        return object;
    }

    private static <T extends HasMetadata> ResourceEventHandler<T> handler(Consumer<T> there, Consumer<T> gone) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                there.accept(lean(object));
            }

            @Override
            public void onUpdate(T before, T object) {
                there.accept(lean(object));
            }

            @Override
            public void onDelete(T object, boolean lastStateUnknown) {
                gone.accept(object);
            }
        };
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::close);
        lookups.shutdownNow();
    }
}
