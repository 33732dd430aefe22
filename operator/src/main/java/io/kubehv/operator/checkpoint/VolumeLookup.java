package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualmachine.MachineDisks;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the volumes of a VM with its CSI driver's names for them. Volumes are asked for by name, and not watched. */
@ApplicationScoped
public class VolumeLookup {
    private static final String TOPOLOGY = "topology.kubehv.io/node";
    private static final String GUEST_STATE = "guest-state";

    private final KubernetesClient client;
    private final MachineIndex machines;

    public VolumeLookup(KubernetesClient client, MachineIndex machines) {
        this.client = client;
        this.machines = machines;
    }

    /** What the VM writes to: as its pod says while it runs, else as its spec says. */
    CheckpointVolumes of(VirtualMachine machine, @Nullable Pod running) {
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
        List<CheckpointDisk> disks = new ArrayList<>();
        String node = null;
        for (Map.Entry<String, String> claim : claims.entrySet()) {
            Found found = find(namespace, claim.getKey(), claim.getValue());
            if (found.problem() != null) {
                return CheckpointVolumes.refused(found.problem());
            }
            if (node != null && !node.equals(found.node())) {
                return CheckpointVolumes.refused("its disks are on several nodes (" + node + ", " + found.node()
                        + "), so they can't be kept at one instant");
            }
            node = found.node();
            disks.add(new CheckpointDisk(claim.getKey(), claim.getValue(), found.handle(), null, null));
        }
        return new CheckpointVolumes(disks, node, null);
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

    private record Found(
            String handle, String node, @Nullable String problem) {
        static Found not(String problem) {
            return new Found("", "", problem);
        }
    }

    private Found find(String namespace, String disk, String claimName) {
        Optional<String> volumeName = machines.claim(namespace, claimName)
                .map(PersistentVolumeClaim::getSpec)
                .map(spec -> spec.getVolumeName())
                .filter(name -> !name.isEmpty());
        if (volumeName.isEmpty()) {
            return Found.not("the claim \"" + claimName + "\" of disk \"" + disk
                    + "\" has no volume yet; take the checkpoint when the VM has run once");
        }
        PersistentVolume volume =
                client.persistentVolumes().withName(volumeName.get()).get();
        CSIPersistentVolumeSource csi = volume == null ? null : volume.getSpec().getCsi();
        if (csi == null || !KubeHV.CSI_DRIVER.equals(csi.getDriver())) {
            return Found.not("the volume of disk \"" + disk + "\" (claim \"" + claimName
                    + "\") is not of the CSI driver " + KubeHV.CSI_DRIVER
                    + ", the only one whose volumes checkpoints can be taken of; move the disk to its storage class");
        }
        return new Found(csi.getVolumeHandle(), node(volume), null);
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
