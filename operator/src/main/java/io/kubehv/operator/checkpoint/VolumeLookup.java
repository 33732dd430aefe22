package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.ForeignDisk;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualmachine.MachineDisks;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the volumes of a VM with their CSI drivers' names for them. Volumes are asked for by name, and not watched. */
@ApplicationScoped
public class VolumeLookup {
    private static final String TOPOLOGY = "topology.kubehv.io/node";
    private static final String GUEST_STATE = "guest-state";

    private final KubernetesClient client;
    private final MachineIndex machines;
    private final SnapshotClasses classes;

    public VolumeLookup(KubernetesClient client, MachineIndex machines, SnapshotClasses classes) {
        this.client = client;
        this.machines = machines;
        this.classes = classes;
    }

    /** What the VM writes to: as its pod says while it runs, else as its spec says. */
    CheckpointVolumes of(VirtualMachine machine, @Nullable Pod running) {
        List<CheckpointDisk> disks = new ArrayList<>();
        List<PersistentVolume> others = new ArrayList<>();
        String node = null;
        for (Found found : look(machine, running)) {
            if (found.problem() != null) {
                return CheckpointVolumes.refused(found.problem());
            }
            if (found.driver().equals(KubeHV.CSI_DRIVER)) {
                String here = node(found.volume());
                if (node != null && !node.equals(here)) {
                    return CheckpointVolumes.refused("its disks are on several nodes (" + node + ", " + here
                            + "), so they can't be kept at one instant");
                }
                node = here;
                disks.add(found.disk());
                continue;
            }
            SnapshotClasses.Choice choice = classes.of(found.driver());
            if (choice.name() == null) {
                return CheckpointVolumes.refused(
                        "the volume of disk \"" + found.disk().name() + "\" (claim \""
                                + found.disk().persistentVolumeClaim() + "\") is of the CSI driver \"" + found.driver()
                                + "\", whose volumes are kept by VolumeSnapshots: " + choice.problem()
                                + ", or move the disk to the storage class of " + KubeHV.CSI_DRIVER);
            }
            others.add(found.volume());
            disks.add(found.disk().with(new ForeignDisk(found.driver(), choice.name(), null, null)));
        }
        return new CheckpointVolumes(disks, node == null && !isPlaced(running) ? nodeFor(others) : node, null);
    }

    /** The handles of what the VM writes to when it is off, as far as it has volumes. */
    Set<String> handles(VirtualMachine machine) {
        return look(machine, null).stream()
                .filter(found -> found.problem() == null)
                .map(found -> found.disk().volumeHandle())
                .collect(Collectors.toSet());
    }

    /** Whether a claim has a volume that is not of our own CSI driver. */
    boolean isForeign(PersistentVolumeClaim claim) {
        String name = claim.getSpec().getVolumeName();
        PersistentVolume volume = name == null || name.isEmpty()
                ? null
                : client.persistentVolumes().withName(name).get();
        return volume != null
                && (volume.getSpec().getCsi() == null
                        || !KubeHV.CSI_DRIVER.equals(volume.getSpec().getCsi().getDriver()));
    }

    private List<Found> look(VirtualMachine machine, @Nullable Pod running) {
        Map<String, String> claims = new LinkedHashMap<>();
        if (running == null) {
            bySpec(machine).forEach(claims::putIfAbsent);
        } else {
            byPod(machine, running).forEach(claims::putIfAbsent);
        }
        String namespace = machine.getMetadata().getNamespace();
        String guestState = GuestState.name(machine);
        if (machines.claim(namespace, guestState).isPresent()) {
            claims.put(GUEST_STATE, guestState);
        }
        return claims.entrySet().stream()
                .map(claim -> find(namespace, claim.getKey(), claim.getValue()))
                .toList();
    }

    /** One that runs is where its volumes are; that of a saved VM is nowhere. */
    private static boolean isPlaced(@Nullable Pod running) {
        return running != null && running.getSpec().getNodeName() != null;
    }

    /** A node that has all of these volumes, whose daemon answers for the checkpoint of a VM that is off; null: none is up. */
    private @Nullable String nodeFor(List<PersistentVolume> volumes) {
        return client.nodes().list().getItems().stream()
                .filter(NodeFit::isReady)
                .filter(node -> volumes.stream().allMatch(volume -> NodeFit.has(node, volume)))
                .map(node -> node.getMetadata().getName())
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static Map<String, String> bySpec(VirtualMachine machine) {
        Map<String, String> claims = new LinkedHashMap<>();
        MachineDisks.writtenDisks(machine)
                .forEach(disk -> claims.put(disk.name(), MachineDisks.claimName(machine, disk)));
        return claims;
    }

    private Map<String, String> byPod(VirtualMachine machine, Pod running) {
        Map<String, String> claims = new LinkedHashMap<>();
        List<String> readOnly = new PodFacts(running)
                .claims()
                .filter(PodFacts.ClaimVolume::readOnly)
                .map(PodFacts.ClaimVolume::claim)
                .toList();
        LauncherPod.disks(running).forEach((name, claim) -> {
            if (!readOnly.contains(claim)) {
                claims.put(name, claim);
            }
        });
        machines.attachments(machine)
                .forEach(pod -> Optional.ofNullable(pod.getMetadata().getAnnotations())
                        .map(annotations -> annotations.get(KubeHV.DISK_ANNOTATION))
                        .ifPresent(name -> new PodFacts(pod)
                                .claims()
                                .filter(volume -> !volume.readOnly())
                                .forEach(volume -> claims.put(name, volume.claim()))));
        return claims;
    }

    /**
     * The volume of a disk.
     *
     * @param disk without what its driver tells
     * @param problem why it has no state that could be kept; null: it has
     */
    private record Found(
            CheckpointDisk disk,
            String driver,
            PersistentVolume volume,
            @Nullable String problem) {}

    private Found find(String namespace, String disk, String claimName) {
        Optional<String> volumeName = machines.claim(namespace, claimName)
                .map(PersistentVolumeClaim::getSpec)
                .map(spec -> spec.getVolumeName())
                .filter(name -> !name.isEmpty());
        if (volumeName.isEmpty()) {
            return without(
                    disk,
                    claimName,
                    "the claim \"" + claimName + "\" of disk \"" + disk
                            + "\" has no volume yet; take the checkpoint when the VM has run once");
        }
        PersistentVolume volume =
                client.persistentVolumes().withName(volumeName.get()).get();
        CSIPersistentVolumeSource csi = volume == null ? null : volume.getSpec().getCsi();
        if (csi == null) {
            return without(
                    disk,
                    claimName,
                    "the volume of disk \"" + disk + "\" (claim \"" + claimName
                            + "\") is of no CSI driver, so that nothing can keep its state; move the disk to the storage"
                            + " class of " + KubeHV.CSI_DRIVER + ", or of another CSI driver with VolumeSnapshots");
        }
        return new Found(
                new CheckpointDisk(disk, claimName, csi.getVolumeHandle(), null, null), csi.getDriver(), volume, null);
    }

    private static Found without(String disk, String claim, String problem) {
        return new Found(new CheckpointDisk(disk, claim, "", null, null), "", new PersistentVolume(), problem);
    }

    private static String node(PersistentVolume volume) {
        return Optional.ofNullable(volume.getSpec().getNodeAffinity())
                .map(affinity -> affinity.getRequired())
                .map(required -> required.getNodeSelectorTerms())
                .stream()
                .flatMap(List::stream)
                .map(NodeSelectorTerm::getMatchExpressions)
                .flatMap(expressions ->
                        Objects.requireNonNullElse(expressions, List.<NodeSelectorRequirement>of()).stream())
                .filter(expression -> TOPOLOGY.equals(expression.getKey()))
                .flatMap(
                        expression -> expression.getValues() == null ? Stream.empty() : expression.getValues().stream())
                .findFirst()
                .orElse("");
    }
}
