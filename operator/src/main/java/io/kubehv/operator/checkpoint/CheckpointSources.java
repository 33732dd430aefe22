package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Waker;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.claim.Synced;
import io.kubehv.operator.pod.PodRoles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the controller of checkpoints watches. The caches of VMs and of claims are kept once, by the VMs' own controller. */
final class CheckpointSources {
    private static final String BY_MACHINE = "machine";
    private static final String BY_CLAIM = "claim";

    private final IndexerResourceCache<Checkpoint> checkpoints;
    private final InformerEventSource<Pod, Checkpoint> pods;
    private final InformerEventSource<PersistentVolumeClaim, Checkpoint> claims;
    private final Waker<Checkpoint> waker = new Waker<>("checkpoint-waker");

    CheckpointSources(EventSourceContext<Checkpoint> context, DiskClaims diskClaims) {
        checkpoints = context.getPrimaryCache();
        checkpoints.addIndexer(BY_CLAIM, QuietDisks::claims);
        diskClaims.consult(this::holders, () -> Synced.is(checkpoints));
        checkpoints.addIndexer(
                BY_MACHINE,
                found -> List.of(ClaimUse.key(
                        found.getMetadata().getNamespace(), found.getSpec().virtualMachine())));
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, Checkpoint.class)
                        .withName("checkpoint-pods")
                        .withLabelSelector(PodRoles.LABEL + "=" + PodRoles.CHECKPOINT)
                        .withSecondaryToPrimaryMapper(CheckpointSources::owners)
                        .build(),
                context);
        claims = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, Checkpoint.class)
                        .withName("checkpoint-claims")
                        .withLabelSelector(KubeHV.CHECKPOINT_UID_LABEL)
                        .withSecondaryToPrimaryMapper(CheckpointSources::owners)
                        .build(),
                context);
    }

    List<EventSource<?, Checkpoint>> all() {
        return List.of(pods, claims, waker);
    }

    /** The checkpoints that need the disk on a claim to be as it is. */
    private List<Pod> holders(String claim) {
        return checkpoints.byIndex(BY_CLAIM, claim).stream()
                .map(QuietDisks::heldBy)
                .toList();
    }

    Optional<Checkpoint> checkpoint(String namespace, String name) {
        return checkpoints.get(new ResourceID(name, namespace));
    }

    List<Checkpoint> ofMachine(String namespace, String machine) {
        return checkpoints.byIndex(BY_MACHINE, ClaimUse.key(namespace, machine));
    }

    Optional<Pod> pod(String namespace, String name) {
        return pods.get(new ResourceID(name, namespace));
    }

    Optional<PersistentVolumeClaim> claim(String namespace, String name) {
        return claims.get(new ResourceID(name, namespace));
    }

    void made(Pod pod) {
        pods.handleRecentResourceCreate(ResourceID.fromResource(pod), pod);
    }

    void made(PersistentVolumeClaim claim) {
        claims.handleRecentResourceCreate(ResourceID.fromResource(claim), claim);
    }

    /**
     * Wakes the checkpoints of a VM that show it elsewhere than it is. One that read an older VM and writes only now is not
     * missed: its own write wakes it.
     */
    void seen(VirtualMachine machine) {
        waker.wake(ofMachine(
                        machine.getMetadata().getNamespace(),
                        machine.getMetadata().getName())
                .stream()
                .filter(found -> CheckpointDecision.showsOtherwise(found, machine))
                .toList());
    }

    private static Set<ResourceID> owners(HasMetadata owned) {
        return owned.getMetadata().getOwnerReferences().stream()
                .filter(reference -> "Checkpoint".equals(reference.getKind()))
                .map(reference ->
                        new ResourceID(reference.getName(), owned.getMetadata().getNamespace()))
                .collect(Collectors.toSet());
    }
}
