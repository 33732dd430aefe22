package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodRoles;
import java.util.ArrayList;
import java.util.List;

/**
 * A pod that says whether a memory would go on on a node: of the image, with the accelerator and the processors that the VM
 * would go on with. Only the QEMU in that image, on that node, knows. It mounts nothing and ends at once.
 */
public final class MemoryFitPod {
    public static final String CONTAINER = "fit";

    private static final String SUFFIX = "fit";
    private static final String RUNTIME = "runtime";
    private static final String RUNTIME_PATH = "/run/kubehv";
    private static final Quantity MEMORY = new Quantity("192Mi");
    private static final Quantity ONE = new Quantity("1");

    private MemoryFitPod() {}

    /** The pod's name. */
    public static String name(HasMetadata asking) {
        return DerivedName.of(asking.getMetadata().getName(), SUFFIX);
    }

    /**
     * The pod.
     *
     * @param asking whose question it is
     * @param kept the claim with the memory
     * @param memory what the memory is of
     */
    public static Pod desired(HasMetadata asking, PersistentVolumeClaim kept, MachineFacts memory, String nodeName) {
        PodSpec then = SavedState.contents(kept).podSpec();
        PodSpec spec = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(1L)
                .withTolerations(then.getTolerations())
                .withImagePullSecrets(then.getImagePullSecrets())
                .withAffinity(SavePod.on(nodeName))
                .withSecurityContext(Hardening.podWithoutPorts())
                .addToContainers(container(then, memory))
                .addNewVolume()
                .withName(RUNTIME)
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .build();
        return new PodBuilder()
                .withNewMetadata()
                .withName(name(asking))
                .withNamespace(asking.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(asking))
                .addToLabels(PodRoles.LABEL, PodRoles.CHECKPOINT)
                .endMetadata()
                .withSpec(spec)
                .build();
    }

    private static Container container(PodSpec then, MachineFacts memory) {
        Container hypervisor = then.getContainers().getFirst();
        List<EnvVar> environment = new ArrayList<>(hypervisor.getEnv());
        environment.add(new EnvVar(MachineFacts.ENVIRONMENT_VARIABLE, memory.toJson(), null));
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(hypervisor.getImage())
                .withImagePullPolicy(hypervisor.getImagePullPolicy())
                .withArgs("--fits")
                .withEnv(environment)
                .withSecurityContext(Hardening.container())
                .withNewResources()
                .addToRequests("cpu", new Quantity("10m"))
                .addToRequests("memory", MEMORY)
                .addToRequests(KubeHV.HYPERVISOR_RESOURCE, ONE)
                .addToLimits("memory", MEMORY)
                .addToLimits(KubeHV.HYPERVISOR_RESOURCE, ONE)
                .endResources()
                .addNewVolumeMount()
                .withName(RUNTIME)
                .withMountPath(RUNTIME_PATH)
                .endVolumeMount()
                .build();
    }
}
