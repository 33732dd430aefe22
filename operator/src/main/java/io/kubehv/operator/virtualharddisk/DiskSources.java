package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.operator.Waker;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.claim.Synced;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the controller of disks watches, and by which keys it finds what an event is about. */
public final class DiskSources {
    private static final String BY_PARENT = "parent";
    private static final String BY_CLAIM = "claim";
    private static final String WITHOUT_CLASS = "without-class";
    private static final String IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";

    private final IndexerResourceCache<VirtualHardDisk> disks;
    private final InformerEventSource<Pod, VirtualHardDisk> pods;
    private final InformerEventSource<PersistentVolumeClaim, VirtualHardDisk> claims;
    private final InformerEventSource<StorageClass, VirtualHardDisk> classes;
    private final DiskClaims diskClaims;
    private final Waker<VirtualHardDisk> waker = new Waker<>("disk-waker");

    public DiskSources(EventSourceContext<VirtualHardDisk> context, DiskClaims diskClaims) {
        this.diskClaims = diskClaims;
        disks = context.getPrimaryCache();
        disks.addIndexer(BY_PARENT, DiskSources::parentKey);
        disks.addIndexer(WITHOUT_CLASS, DiskSources::awaitsClass);
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, VirtualHardDisk.class)
                        .withName("disk-pods")
                        .withLabelSelector(PodRoles.LABEL + "=" + PodRoles.DISK_IMPORT)
                        .withSecondaryToPrimaryMapper(DiskSources::owners)
                        .build(),
                context);
        pods.addIndexer(BY_CLAIM, DiskSources::mounted);
        diskClaims.consult(claim -> pods.byIndex(BY_CLAIM, claim), () -> Synced.is(pods) && Synced.is(disks));
        claims = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, VirtualHardDisk.class)
                        .withName("disk-claims")
                        .withLabelSelector(PodRoles.LABEL + "=" + PodRoles.DISK)
                        .withSecondaryToPrimaryMapper(DiskSources::owners)
                        .build(),
                context);
        classes = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(StorageClass.class, VirtualHardDisk.class)
                        .withName("disk-classes")
                        .withSecondaryToPrimaryMapper(storageClass -> disks.byIndex(WITHOUT_CLASS, "").stream()
                                .map(ResourceID::fromResource)
                                .collect(Collectors.toSet()))
                        .build(),
                context);
    }

    public List<EventSource<?, VirtualHardDisk>> all() {
        return List.of(pods, claims, classes, waker);
    }

    public Optional<Pod> pod(String namespace, String name) {
        return pods.get(new ResourceID(name, namespace));
    }

    public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
        return claims.get(new ResourceID(name, namespace));
    }

    public Optional<VirtualHardDisk> disk(String namespace, String name) {
        return disks.get(new ResourceID(name, namespace));
    }

    public Optional<StorageClass> storageClass(String name) {
        return classes.list(found -> found.getMetadata().getName().equals(name)).findFirst();
    }

    /** The cluster's default class; of several the newest, as the API server takes it. */
    public Optional<StorageClass> defaultClass() {
        return classes.list(found -> found.getMetadata().getAnnotations() != null
                        && "true".equals(found.getMetadata().getAnnotations().get(IS_DEFAULT)))
                .max((one, other) -> one.getMetadata()
                        .getCreationTimestamp()
                        .compareTo(other.getMetadata().getCreationTimestamp()));
    }

    /** A pod that was just made, before the watch tells of it. */
    public void made(Pod pod) {
        pod.getMetadata()
                .getOwnerReferences()
                .forEach(owner ->
                        diskClaims.made(owner.getUid(), pod.getMetadata().getUid()));
        pods.handleRecentResourceCreate(ResourceID.fromResource(pod), pod);
    }

    /** A claim that was just made, before the watch tells of it. */
    public void made(PersistentVolumeClaim claim) {
        claims.handleRecentResourceCreate(ResourceID.fromResource(claim), claim);
    }

    /** A claim that was just changed, before the watch tells of it. */
    void changed(PersistentVolumeClaim claim, PersistentVolumeClaim before) {
        claims.handleRecentResourceUpdate(ResourceID.fromResource(claim), claim, before);
    }

    /** The disk has moved: its clones look again. */
    public void moved(VirtualHardDisk disk) {
        waker.wake(disks.byIndex(
                BY_PARENT,
                ClaimUse.key(
                        disk.getMetadata().getNamespace(), disk.getMetadata().getName())));
    }

    private static List<String> parentKey(VirtualHardDisk disk) {
        return disk.getSpec().parent() == null
                ? List.of()
                : List.of(ClaimUse.key(
                        disk.getMetadata().getNamespace(),
                        disk.getSpec().parent().name()));
    }

    private static List<String> awaitsClass(VirtualHardDisk disk) {
        Conditions conditions = new Conditions(
                disk.getStatus() == null ? null : disk.getStatus().conditions());
        return conditions.reason(ConditionTypes.READY).equals(Reason.STORAGE_CLASS_NOT_FOUND.text())
                ? List.of("")
                : List.of();
    }

    private static List<String> mounted(Pod pod) {
        return new PodFacts(pod)
                .claims()
                .map(volume -> ClaimUse.key(pod.getMetadata().getNamespace(), volume.claim()))
                .distinct()
                .toList();
    }

    private static Set<ResourceID> owners(HasMetadata owned) {
        return owned.getMetadata().getOwnerReferences().stream()
                .filter(reference -> "VirtualHardDisk".equals(reference.getKind()))
                .map(reference ->
                        new ResourceID(reference.getName(), owned.getMetadata().getNamespace()))
                .collect(Collectors.toSet());
    }
}
