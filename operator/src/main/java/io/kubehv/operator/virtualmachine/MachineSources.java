package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.operator.Owners;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.claim.Synced;
import io.kubehv.operator.network.NetworkLookup;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.SwitchPorts;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the controller of VMs watches, and by which keys it finds what an event is about: no scans. */
public final class MachineSources implements NetworkLookup {
    private static final String BY_CLAIM = "claim";
    private static final String BY_ATTACHED = "attached";
    private static final String BY_MAC = "mac";
    private static final String BY_NODE = "node";
    private static final String BY_ADDRESS = "address";
    private static final String BY_SWITCH = "switch";
    private static final String BY_MACHINE = "machine";
    private static final String BY_ORIGIN = "origin";
    private static final String BY_NAMESPACE = "namespace-on-switch";

    private final DiskClaims diskClaims;
    private final IndexerResourceCache<VirtualMachine> machines;
    private final InformerEventSource<Pod, VirtualMachine> pods;
    private final InformerEventSource<PersistentVolumeClaim, VirtualMachine> claims;
    private final InformerEventSource<VirtualHardDisk, VirtualMachine> disks;
    private final InformerEventSource<Node, VirtualMachine> nodes;
    private final InformerEventSource<VirtualSwitch, VirtualMachine> switches;
    private final InformerEventSource<Namespace, VirtualMachine> namespaces;
    private final InformerEventSource<CheckpointApply, VirtualMachine> applies;

    public MachineSources(EventSourceContext<VirtualMachine> context, DiskClaims diskClaims) {
        this.diskClaims = diskClaims;
        machines = context.getPrimaryCache();
        machines.addIndexer(BY_CLAIM, MachineKeys::claimKeys);
        machines.addIndexer(BY_MAC, MachineKeys::macAddresses);
        machines.addIndexer(BY_ADDRESS, MachineKeys::addresses);
        machines.addIndexer(BY_SWITCH, MachineKeys::switchNames);
        machines.addIndexer(
                BY_NAMESPACE,
                machine -> MachineKeys.switchNames(machine).isEmpty()
                        ? List.of()
                        : List.of(machine.getMetadata().getNamespace()));
        machines.addIndexer(BY_NODE, MachineKeys::wentDownWith);
        machines.addIndexer(BY_ORIGIN, MachineKeys::beingMadeFrom);
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, VirtualMachine.class)
                        .withName("machine-pods")
                        .withLabelSelector("%s in (%s,%s,%s)"
                                .formatted(
                                        PodRoles.LABEL,
                                        PodRoles.VIRTUAL_MACHINE,
                                        PodRoles.SAVED_STATE,
                                        PodRoles.ATTACHMENT))
                        .withSecondaryToPrimaryMapper(this::concerned)
                        .build(),
                context);
        pods.addIndexer(BY_CLAIM, MachineSources::mounted);
        pods.addIndexer(BY_ATTACHED, MachineSources::attachedTo);
        pods.addIndexer(BY_NODE, MachineSources::endedOn);
        pods.addIndexer(
                BY_MAC, pod -> ports(pod).map(SwitchPort::macAddress).distinct().toList());
        pods.addIndexer(
                BY_SWITCH,
                pod -> ports(pod).map(SwitchPort::switchName).distinct().toList());
        claims = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(PersistentVolumeClaim.class, VirtualMachine.class)
                        .withName("machine-claims")
                        .withSecondaryToPrimaryMapper(this::concerned)
                        .build(),
                context);
        claims.addIndexer(BY_CLAIM, SavedState::held);
        diskClaims.consult(this::holders, () -> Synced.is(pods) && Synced.is(claims) && Synced.is(machines));
        disks = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(VirtualHardDisk.class, VirtualMachine.class)
                        .withName("machine-disks")
                        .withSecondaryToPrimaryMapper(this::concernedBy)
                        .build(),
                context);
        nodes = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Node.class, VirtualMachine.class)
                        .withName("machine-nodes")
                        // A node tells that it is alive all the time; what matters here changes with its restarts.
                        .withOnUpdateFilter((now, before) -> !new NodeFacts(now).equals(new NodeFacts(before)))
                        .withSecondaryToPrimaryMapper(this::endedOn)
                        .build(),
                context);
        switches = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(VirtualSwitch.class, VirtualMachine.class)
                        .withName("machine-switches")
                        // Of what nodes tell of a switch, only how large its packets may be is news to VMs.
                        .withOnUpdateFilter((after, before) -> !Objects.equals(after.getSpec(), before.getSpec())
                                || !SwitchMtus.of(after).equals(SwitchMtus.of(before))
                                || !Objects.equals(
                                        after.getMetadata().getDeletionTimestamp(),
                                        before.getMetadata().getDeletionTimestamp()))
                        .withSecondaryToPrimaryMapper(found -> ids(
                                machines.byIndex(BY_SWITCH, found.getMetadata().getName())))
                        .build(),
                context);
        namespaces = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Namespace.class, VirtualMachine.class)
                        .withName("machine-namespaces")
                        .withSecondaryToPrimaryMapper(found -> ids(machines.byIndex(
                                BY_NAMESPACE, found.getMetadata().getName())))
                        .build(),
                context);
        applies = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(CheckpointApply.class, VirtualMachine.class)
                        .withName("machine-checkpointapplies")
                        .withSecondaryToPrimaryMapper(apply -> goesBack(apply).stream()
                                .map(key -> new ResourceID(
                                        key.substring(key.indexOf('/') + 1),
                                        apply.getMetadata().getNamespace()))
                                .collect(Collectors.toSet()))
                        .build(),
                context);
        applies.addIndexer(BY_MACHINE, MachineSources::goesBack);
    }

    public List<EventSource<?, VirtualMachine>> all() {
        return List.of(pods, claims, disks, nodes, switches, namespaces, applies);
    }

    /** The way back to a checkpoint that a VM is on, once it has to be off for that. */
    public Optional<CheckpointApply> applying(VirtualMachine machine) {
        return applies.byIndex(BY_MACHINE, Owners.key(machine)).stream()
                .filter(ApplyHold::isHeldBy)
                .findFirst();
    }

    /** The VMs that are being made from a checkpoint, and need it yet. */
    public List<VirtualMachine> beingMadeFrom(String checkpointUid) {
        return machines.byIndex(BY_ORIGIN, checkpointUid);
    }

    private static List<String> goesBack(CheckpointApply apply) {
        String machine = apply.getStatus() == null ? null : apply.getStatus().virtualMachine();
        return machine == null
                ? List.of()
                : List.of(ClaimUse.key(apply.getMetadata().getNamespace(), machine));
    }

    public List<VirtualMachine> ofNamespace(String namespace) {
        return machines.list(namespace).toList();
    }

    public Optional<VirtualMachine> machine(String namespace, String name) {
        return machines.get(new ResourceID(name, namespace));
    }

    /** What the restart of a node means to a VM that ended with it. */
    NodeRestart restart(VirtualMachine machine, String name, Instant now) {
        NodeFacts facts = nodes.get(new ResourceID(name)).map(NodeFacts::new).orElse(NodeFacts.UNKNOWN);
        List<String> ahead = machines.byIndex(BY_NODE, name).stream()
                .filter(other -> AutomaticStarts.isAhead(other, machine, facts.readySince(), now))
                .map(other -> other.getMetadata().getNamespace() + "/"
                        + other.getMetadata().getName())
                .sorted()
                .toList();
        return new NodeRestart(facts.readySince(), facts.bootedAt(), ahead);
    }

    private static List<String> endedOn(Pod pod) {
        PodFacts facts = new PodFacts(pod);
        return facts.finished() ? facts.nodeName().map(List::of).orElse(List.of()) : List.of();
    }

    /** The VMs that ended with a node or on it, and may start when it is back. */
    private Set<ResourceID> endedOn(Node node) {
        String name = node.getMetadata().getName();
        Set<ResourceID> concerned = new HashSet<>();
        machines.byIndex(BY_NODE, name).forEach(machine -> concerned.add(ResourceID.fromResource(machine)));
        pods.byIndex(BY_NODE, name).forEach(pod -> concerned.addAll(owners(pod)));
        return concerned;
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

    /** The pods that mount the claims of disks which come to a VM, or came, while it runs. */
    public List<Pod> attachments(VirtualMachine machine) {
        return pods.byIndex(BY_ATTACHED, machine.getMetadata().getUid()).stream()
                .filter(pod -> Owners.owns(machine, pod))
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .toList();
    }

    private static List<String> attachedTo(Pod pod) {
        String machine = new PodFacts(pod).label(KubeHV.ATTACHMENT_FOR_LABEL);
        return machine.isEmpty() ? List.of() : List.of(machine);
    }

    @Override
    public Optional<VirtualSwitch> virtualSwitch(String name) {
        return switches.get(new ResourceID(name));
    }

    @Override
    public Map<String, String> namespaceLabels(String namespace) {
        return namespaces
                .get(new ResourceID(namespace))
                .map(found -> found.getMetadata().getLabels())
                .orElse(Map.of());
    }

    @Override
    public boolean hasMac(String macAddress) {
        return !machines.byIndex(BY_MAC, macAddress).isEmpty();
    }

    /** By its status, which is written before its pod is made, and by its pod, which has what it was started with. */
    @Override
    public Optional<String> runsWith(String macAddress, String exceptUid) {
        Stream<String> byStatus = machines.byIndex(BY_MAC, macAddress).stream()
                .filter(machine -> !machine.getMetadata().getUid().equals(exceptUid))
                .filter(machine ->
                        machine.getStatus() != null && machine.getStatus().podName() != null)
                .map(Owners::key);
        Stream<String> byPod = pods.byIndex(BY_MAC, macAddress).stream()
                .map(PodFacts::new)
                .filter(pod -> !pod.finished() && !exceptUid.equals(pod.label(KubeHV.VIRTUAL_MACHINE_UID_LABEL)))
                .map(pod -> Owners.key(pod.pod()));
        return Stream.concat(byStatus, byPod).findFirst();
    }

    @Override
    public Optional<String> holder(String switchName, String address, String exceptUid) {
        return machines.byIndex(BY_ADDRESS, switchName + "/" + address).stream()
                .filter(machine -> !machine.getMetadata().getUid().equals(exceptUid))
                .map(Owners::key)
                .findFirst();
    }

    /** The VMs, as namespace/name, that have an adapter on a switch: by their specs, or by their pods yet. */
    public List<String> usersOfSwitch(String name) {
        Stream<String> byPod = pods.byIndex(BY_SWITCH, name).stream()
                .filter(pod -> !new PodFacts(pod).finished())
                .flatMap(pod -> owners(pod).stream())
                .map(id -> id.getNamespace().orElse("") + "/" + id.getName());
        Stream<String> bySpec = machines.byIndex(BY_SWITCH, name).stream().map(Owners::key);
        return Stream.concat(byPod, bySpec).distinct().sorted().toList();
    }

    /** The VM, as namespace/name, that has a UUID. It is asked for once an import, so no index is kept. */
    Optional<String> withUuid(String uuid) {
        return machines.list(machine -> machine.getStatus() != null
                        && machine.getStatus().identity() != null
                        && uuid.equals(machine.getStatus().identity().uuid()))
                .map(Owners::key)
                .findFirst();
    }

    /** The VMs that use a claim. */
    public List<VirtualMachine> users(String namespace, String claim) {
        return machines.byIndex(BY_CLAIM, ClaimUse.key(namespace, claim));
    }

    /** The pods that have a claim, and those that saved VMs will go on in: their disks must not change meanwhile. */
    private List<Pod> holders(String claim) {
        Stream<Pod> saved = claims.byIndex(BY_CLAIM, claim).stream()
                .flatMap(found -> claims.get(ResourceID.fromResource(found)).stream())
                .filter(this::keepsMemory)
                .map(SavedState::heldBy);
        return Stream.concat(pods.byIndex(BY_CLAIM, claim).stream(), saved).toList();
    }

    /** A memory that was saved, or may have been while the pod that it is of has not gone. */
    private boolean keepsMemory(PersistentVolumeClaim claim) {
        return claim.getMetadata().getDeletionTimestamp() == null
                && (SavedState.isWhole(claim)
                        || SavedState.machine(claim)
                                .flatMap(machine -> pod(claim.getMetadata().getNamespace(), DerivedName.ofPod(machine)))
                                .filter(pod -> SavedState.isOf(claim, new PodFacts(pod)))
                                .isPresent());
    }

    /** A pod that was just made, before the watch tells of it. */
    public void made(Pod pod) {
        // A save pod has no disk, so no lock was asked for on its account.
        if (!PodRoles.SAVED_STATE.equals(new PodFacts(pod).label(PodRoles.LABEL))) {
            pod.getMetadata()
                    .getOwnerReferences()
                    .forEach(owner ->
                            diskClaims.made(owner.getUid(), pod.getMetadata().getUid()));
        }
        pods.handleRecentResourceCreate(ResourceID.fromResource(pod), pod);
    }

    /** A claim that was just made, before the watch tells of it. */
    void made(PersistentVolumeClaim claim) {
        claims.handleRecentResourceCreate(ResourceID.fromResource(claim), claim);
    }

    /** A claim that was just changed, before the watch tells of it. */
    void changed(PersistentVolumeClaim claim, PersistentVolumeClaim before) {
        claims.handleRecentResourceUpdate(ResourceID.fromResource(claim), claim, before);
    }

    /** A cache must not break of an annotation that someone could write before our admission policy was there. */
    private static Stream<SwitchPort> ports(Pod pod) {
        try {
            return SwitchPorts.of(pod).stream();
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
    }

    private static Set<ResourceID> ids(List<VirtualMachine> found) {
        return found.stream().map(ResourceID::fromResource).collect(Collectors.toSet());
    }

    private static List<String> mounted(Pod pod) {
        return new PodFacts(pod)
                .claims()
                .map(volume -> ClaimUse.key(pod.getMetadata().getNamespace(), volume.claim()))
                .distinct()
                .toList();
    }

    /** A pod's own VM, and those that wait for a disk that the pod has. */
    private Set<ResourceID> concerned(Pod pod) {
        Set<ResourceID> concerned = owners(pod);
        concerned.addAll(users(mounted(pod)));
        return concerned;
    }

    /** The VMs of a claim, and those that wait for a disk that a saved VM has. */
    private Set<ResourceID> concerned(PersistentVolumeClaim claim) {
        Set<ResourceID> concerned = concernedBy(claim);
        concerned.addAll(users(SavedState.held(claim)));
        return concerned;
    }

    private Set<ResourceID> users(List<String> claims) {
        return claims.stream()
                .flatMap(claim -> machines.byIndex(BY_CLAIM, claim).stream())
                .map(ResourceID::fromResource)
                .collect(Collectors.toSet());
    }

    private Set<ResourceID> concernedBy(HasMetadata claimOrDisk) {
        Set<ResourceID> concerned = owners(claimOrDisk);
        users(
                        claimOrDisk.getMetadata().getNamespace(),
                        claimOrDisk.getMetadata().getName())
                .forEach(machine -> concerned.add(ResourceID.fromResource(machine)));
        return concerned;
    }

    private static Set<ResourceID> owners(HasMetadata owned) {
        Set<ResourceID> owners = new HashSet<>();
        owned.getMetadata().getOwnerReferences().stream()
                .filter(reference -> "VirtualMachine".equals(reference.getKind()))
                .forEach(reference -> owners.add(
                        new ResourceID(reference.getName(), owned.getMetadata().getNamespace())));
        return owners;
    }
}
