package io.kubehv.operator.virtualharddisk.dependent;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Acceleration;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where an import runs. Where storage is a node's own, the import's node becomes the VM's: so it obeys the VM's rules,
 * and names the claims of the VM's other disks, without mounting them, to be where they are.
 */
public record Placement(
        @Nullable Map<String, String> nodeSelector,
        @Nullable Affinity affinity,
        @Nullable List<Toleration> tolerations,
        List<String> siblings) {
    public Placement {
        siblings = siblings == null ? List.of() : List.copyOf(siblings);
    }

    /** Of a disk that no VM names yet. */
    public static Placement anywhere() {
        return new Placement(null, null, null, List.of());
    }

    /** Of a disk whose maker says where the VM will want it; null: nobody says so. */
    public static @Nullable Placement noted(VirtualHardDisk disk) {
        Map<String, String> annotations = disk.getMetadata().getAnnotations();
        String noted = annotations == null ? null : annotations.get(KubeHV.PLACEMENT_ANNOTATION);
        try {
            return noted == null ? null : Serialization.unmarshal(noted, Placement.class);
        } catch (IllegalArgumentException | KubernetesClientException e) {
            // Not ours: a disk may be anywhere, and its owner may have written anything.
            return null;
        }
    }

    /** As {@link #noted} reads it. */
    public String note() {
        return Serialization.asJson(this);
    }

    /** Of a disk that this VM names. */
    public static Placement with(VirtualMachine machine, List<String> siblings) {
        VirtualMachineSpec spec = machine.getSpec();
        Map<String, String> nodeSelector = new TreeMap<>();
        if (spec.nodeSelector() != null) {
            nodeSelector.putAll(spec.nodeSelector());
        }
        if (spec.acceleration() == Acceleration.REQUIRED) {
            nodeSelector.put(KubeHV.ACCELERATOR_LABEL, "KVM");
        }
        Affinity affinity = spec.affinity();
        Affinity nodes = affinity == null || affinity.getNodeAffinity() == null
                ? null
                : new AffinityBuilder()
                        .withNodeAffinity(affinity.getNodeAffinity())
                        .build();
        return new Placement(nodeSelector, nodes, spec.tolerations(), siblings);
    }
}
