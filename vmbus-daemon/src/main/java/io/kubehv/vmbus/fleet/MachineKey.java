package io.kubehv.vmbus.fleet;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.util.Optional;

/**
 * Which VM. All three together: a pod names its owner by name and UID and can name any, but only those of its own
 * namespace can have made it.
 */
public record MachineKey(String namespace, String name, String uid) {
    static MachineKey of(VirtualMachine machine) {
        return new MachineKey(
                machine.getMetadata().getNamespace(),
                machine.getMetadata().getName(),
                machine.getMetadata().getUid());
    }

    /** The VM that a pod says it belongs to. */
    static Optional<MachineKey> ofOwner(HasMetadata pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(MachineKey::isMachine)
                .findFirst()
                .map(owner -> new MachineKey(pod.getMetadata().getNamespace(), owner.getName(), owner.getUid()));
    }

    private static boolean isMachine(OwnerReference reference) {
        return Boolean.TRUE.equals(reference.getController())
                && "VirtualMachine".equals(reference.getKind())
                && reference.getApiVersion().startsWith(KubeHV.GROUP + "/");
    }

    /** The VM that a pod runs; empty where the pod is none that the operator made. */
    static Optional<MachineKey> ofMachinePod(Pod pod) {
        return ofOwner(pod)
                .filter(key -> key.uid().equals(label(pod, KubeHV.VIRTUAL_MACHINE_UID_LABEL)))
                .filter(key ->
                        DerivedName.ofPod(key.name()).equals(pod.getMetadata().getName()));
    }

    /** The VM that a pod has the volume for; empty where the pod is none that the operator made. */
    static Optional<MachineKey> ofSavePod(Pod pod) {
        return ofOwner(pod).filter(key -> key.uid().equals(label(pod, KubeHV.SAVE_POD_FOR_LABEL)));
    }

    /** The VM that a pod mounts a volume for while it runs; empty where the pod is none that the operator made. */
    static Optional<MachineKey> ofAttachmentPod(Pod pod) {
        return ofOwner(pod).filter(key -> key.uid().equals(label(pod, KubeHV.ATTACHMENT_FOR_LABEL)));
    }

    private static String label(Pod pod, String key) {
        return pod.getMetadata().getLabels() == null
                ? ""
                : pod.getMetadata().getLabels().getOrDefault(key, "");
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
