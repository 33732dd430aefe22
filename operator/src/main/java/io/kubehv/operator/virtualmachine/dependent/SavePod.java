package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodRoles;

/**
 * A pod that does nothing but mount the claim for a VM's memory on the VM's node: a running pod can't be given a volume,
 * but its daemon can write to another pod's.
 */
public final class SavePod {
    private static final String NAME = "saved-state";

    private SavePod() {}

    public static Pod desired(VirtualMachine machine, String nodeName, OperatorSettings settings) {
        return desired(machine, SavedState.name(machine), nodeName, settings);
    }

    /** The same for a claim of another name, which becomes the pod's. */
    public static Pod desired(VirtualMachine machine, String name, String nodeName, OperatorSettings settings) {
        PodSpecBuilder spec = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(1L)
                .withTolerations(machine.getSpec().tolerations())
                .withAffinity(on(nodeName))
                .withSecurityContext(Hardening.podWithoutPorts())
                .withContainers(container(settings))
                .addNewVolume()
                .withName(NAME)
                .withNewPersistentVolumeClaim()
                .withClaimName(name)
                .endPersistentVolumeClaim()
                .endVolume();
        settings.imagePullSecret().ifPresent(spec::addNewImagePullSecret);
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(KubeHV.SAVE_POD_FOR_LABEL, machine.getMetadata().getUid())
                .addToLabels(PodRoles.LABEL, PodRoles.SAVED_STATE)
                .endMetadata()
                .withSpec(spec.build())
                .build();
    }

    /** By affinity, not by nodeName: the scheduler must see the pod, or its claim is never bound. */
    static Affinity on(String nodeName) {
        return new AffinityBuilder()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey("metadata.name")
                .withOperator("In")
                .withValues(nodeName)
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .build();
    }

    private static Container container(OperatorSettings settings) {
        return new ContainerBuilder()
                .withName(NAME)
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withCommand("/bin/sleep", "infinity")
                .withSecurityContext(Hardening.container())
                .withNewResources()
                .addToRequests("cpu", new Quantity("10m"))
                .addToRequests("memory", new Quantity("8Mi"))
                .endResources()
                .addNewVolumeMount()
                .withName(NAME)
                .withMountPath("/state")
                .endVolumeMount()
                .build();
    }
}
