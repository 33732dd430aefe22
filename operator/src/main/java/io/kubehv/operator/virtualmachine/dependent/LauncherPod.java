package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.kubehv.api.v1alpha1.Acceleration;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualmachine.MachineNetwork;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import io.kubehv.operator.virtualmachine.SpecSnapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The pod that a VM runs in. It has the VM's name, so there are never two. */
public final class LauncherPod {
    public static final String CONTAINER = "hypervisor";

    /** The spec that the pod was started from, field by field. */
    public static final String STARTED_FROM_ANNOTATION = KubeHV.GROUP + "/started-from";

    /** The generation of the VM that the pod was started from. */
    public static final String GENERATION_ANNOTATION = KubeHV.GROUP + "/vm-generation";

    /** How many processors the running machine may have come to; absent: as many as it was started with. */
    public static final String PROCESSORS_ANNOTATION = KubeHV.GROUP + "/processors";

    /**
     * The kubelet runs it before it ends the container, whatever it does that for, and its daemon sees the file. Of most
     * ends (a node that shuts down, want of memory) the API server tells nothing before they are over.
     */
    private static final List<String> TELL_OF_THE_END = List.of("/bin/busybox", "touch", "/run/kubehv/stopping");

    private static final String DISK_VOLUME = "disk-";
    private static final String CRASHES_ANNOTATION = KubeHV.GROUP + "/crashes";
    private static final String LABELS_ANNOTATION = KubeHV.GROUP + "/propagated-labels";
    private static final String RESERVED = KubeHV.GROUP + "/";

    private LauncherPod() {}

    /** The pod of a VM that starts with the disks as they are, and no adapter on a virtual switch. */
    public static Pod desired(
            VirtualMachine machine,
            Identity identity,
            List<ResolvedDisk> disks,
            OperatorSettings settings,
            int crashes) {
        return desired(machine, MachineNetwork.of(identity), disks, settings, crashes);
    }

    /** The pod of a VM that starts with the disks and networks as they are. */
    public static Pod desired(
            VirtualMachine machine,
            MachineNetwork network,
            List<ResolvedDisk> disks,
            OperatorSettings settings,
            int crashes) {
        VirtualMachineDefinition definition = MachineDefinition.of(machine, network.identity(), disks);
        PodSpec spec = spec(machine, definition, disks, settings);
        String ports = network.ports().isEmpty() ? "" : SwitchPort.write(network.ports());
        return around(machine, spec, SpecSnapshot.text(machine.getSpec()), ports, crashes);
    }

    /**
     * The pod of a VM that goes on from its saved memory: as it was saved, whatever the spec says now, but of the generation
     * that it is by now.
     */
    public static Pod resumed(VirtualMachine machine, Identity identity, SavedState.Contents contents, int crashes) {
        PodSpec spec = LauncherVolumes.withSavedState(
                contents, SavedState.name(machine), Objects.requireNonNull(identity.generationId()));
        return around(machine, spec, contents.startedFrom(), contents.switchPorts(), crashes);
    }

    /** The machine that a VM would be if it started now. */
    public static VirtualMachineDefinition definition(
            VirtualMachine machine, Identity identity, List<ResolvedDisk> disks) {
        return MachineDefinition.of(machine, identity, disks);
    }

    /** The name of the volume that holds a disk, or what is in a DVD drive. */
    public static String diskVolume(String disk) {
        return DISK_VOLUME + disk;
    }

    /** The claims of the disks and media that a VM was started with, by their names in the VM. */
    public static Map<String, String> disks(Pod pod) {
        Map<String, String> claims = new TreeMap<>();
        pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null
                        && volume.getName().startsWith(DISK_VOLUME))
                .forEach(volume -> claims.put(
                        volume.getName().substring(DISK_VOLUME.length()),
                        volume.getPersistentVolumeClaim().getClaimName()));
        return claims;
    }

    /** The ends in a row that led to this pod. */
    public static int crashes(PodFacts pod) {
        String count = pod.annotation(CRASHES_ANNOTATION);
        return count.matches("\\d{1,6}") ? Integer.parseInt(count) : 0;
    }

    /** Whether the pod is this VM's: another's of the same name is left alone. */
    public static boolean isOf(VirtualMachine machine, Pod pod) {
        return Owners.owns(machine, pod)
                && machine.getMetadata().getUid().equals(new PodFacts(pod).label(KubeHV.VIRTUAL_MACHINE_UID_LABEL));
    }

    /** Whether it goes on from a saved memory, or was made to. */
    public static boolean resumes(Pod pod) {
        return VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()))
                        .restorePath()
                != null;
    }

    /** Whether its memory can be saved though no other pod comes: it mounts the claim for it. */
    public static boolean keepsPlaceForMemory(VirtualMachine machine, Pod pod) {
        return new PodFacts(pod).claims().anyMatch(volume -> volume.claim().equals(SavedState.name(machine)));
    }

    /** How many processors the machine has, or may have come to while it ran. */
    public static int processors(PodFacts pod) {
        int started = processorsAtStart(pod.pod());
        String noted = pod.annotation(PROCESSORS_ANNOTATION);
        return noted.matches("\\d{1,6}") ? Math.max(started, Integer.parseInt(noted)) : started;
    }

    /** How many processors the machine was started with. */
    public static int processorsAtStart(Pod pod) {
        return VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()))
                .processor()
                .count();
    }

    /** Whether its guest sees virtualization extensions, so that there may be guests in the guest. */
    public static boolean mayRunGuestsOfItsOwn(Pod pod) {
        return VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()))
                .processor()
                .virtualizationExtensions();
    }

    /** The labels that the VM's pod carries: the VM's own, which Services select by, and ours. */
    public static Map<String, String> labels(VirtualMachine machine) {
        Map<String, String> labels = new TreeMap<>(own(machine));
        labels.put(KubeHV.VIRTUAL_MACHINE_LABEL, "true");
        labels.put(KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid());
        labels.put(PodRoles.LABEL, PodRoles.VIRTUAL_MACHINE);
        return labels;
    }

    /** Whether the pod carries the VM's labels, and none that the VM has lost. */
    public static boolean labelled(VirtualMachine machine, Pod pod) {
        return patch(machine, pod).isEmpty();
    }

    /** What to change in the pod's labels; a null value removes. */
    public static Map<String, String> patch(VirtualMachine machine, Pod pod) {
        Map<String, String> wanted = own(machine);
        Map<String, String> present = pod.getMetadata().getLabels() == null
                ? Map.of()
                : pod.getMetadata().getLabels();
        Map<String, String> changes = new HashMap<>();
        wanted.forEach((key, value) -> {
            if (!value.equals(present.get(key))) {
                changes.put(key, value);
            }
        });
        for (String key : new PodFacts(pod).annotation(LABELS_ANNOTATION).split(",", -1)) {
            if (!key.isEmpty() && !wanted.containsKey(key) && present.containsKey(key)) {
                changes.put(key, null);
            }
        }
        return changes;
    }

    /** The annotation that goes with {@link #patch}. */
    public static Map<String, String> labelNote(VirtualMachine machine) {
        return Map.of(LABELS_ANNOTATION, String.join(",", own(machine).keySet()));
    }

    private static Map<String, String> own(VirtualMachine machine) {
        Map<String, String> labels = new TreeMap<>();
        if (machine.getMetadata().getLabels() != null) {
            labels.putAll(machine.getMetadata().getLabels());
        }
        labels.keySet().removeIf(key -> key.startsWith(RESERVED));
        return labels;
    }

    private static Pod around(
            VirtualMachine machine, PodSpec spec, String startedFrom, String switchPorts, int crashes) {
        Map<String, String> annotations = new TreeMap<>(labelNote(machine));
        annotations.put(KubeHV.DEFINITION_HASH_ANNOTATION, DerivedName.hash(LauncherVolumes.definition(spec)));
        if (!switchPorts.isEmpty()) {
            annotations.put(KubeHV.SWITCH_PORTS_ANNOTATION, switchPorts);
        }
        annotations.put(STARTED_FROM_ANNOTATION, startedFrom);
        annotations.put(
                GENERATION_ANNOTATION, String.valueOf(machine.getMetadata().getGeneration()));
        if (crashes > 0) {
            annotations.put(CRASHES_ANNOTATION, String.valueOf(crashes));
        }
        Map<String, String> asked = machine.getMetadata().getAnnotations();
        if (asked != null && asked.containsKey(KubeHV.RESTARTED_AT_ANNOTATION)) {
            annotations.put(KubeHV.RESTARTED_AT_ANNOTATION, asked.get(KubeHV.RESTARTED_AT_ANNOTATION));
        }
        return new PodBuilder()
                .withNewMetadata()
                .withName(DerivedName.ofPod(machine.getMetadata().getName()))
                .withNamespace(machine.getMetadata().getNamespace())
                .withLabels(labels(machine))
                .withAnnotations(annotations)
                .withOwnerReferences(Owners.controller(machine))
                .endMetadata()
                .withSpec(spec)
                .build();
    }

    private static PodSpec spec(
            VirtualMachine machine,
            VirtualMachineDefinition definition,
            List<ResolvedDisk> disks,
            OperatorSettings settings) {
        VirtualMachineSpec spec = machine.getSpec();
        Map<String, String> nodeSelector = new TreeMap<>();
        if (spec.nodeSelector() != null) {
            nodeSelector.putAll(spec.nodeSelector());
        }
        if (spec.acceleration() == Acceleration.REQUIRED) {
            nodeSelector.put(KubeHV.ACCELERATOR_LABEL, "KVM");
        }
        PodSpecBuilder pod = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(GracePeriod.seconds(spec))
                .withNodeSelector(nodeSelector)
                .withAffinity(spec.affinity())
                .withTolerations(spec.tolerations())
                .withPriorityClassName(spec.priorityClassName())
                .withTopologySpreadConstraints(spec.topologySpreadConstraints())
                .withSecurityContext(Hardening.pod())
                .withVolumes(LauncherVolumes.volumes(machine, disks));
        settings.imagePullSecret().ifPresent(secret -> pod.addNewImagePullSecret(secret));
        if (definition.security().tpm()) {
            pod.addToInitContainers(TpmContainer.desired(settings, ProcessorSettings.areDedicated(spec.processor())));
        }
        return pod.addToContainers(container(spec, definition, disks, settings)).build();
    }

    private static Container container(
            VirtualMachineSpec spec,
            VirtualMachineDefinition definition,
            List<ResolvedDisk> disks,
            OperatorSettings settings) {
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withStdin(true)
                .withTty(true)
                .withEnv(LauncherVolumes.environment(definition))
                .withPorts(ports(spec))
                .withResources(resources(spec, definition, settings))
                .withSecurityContext(Hardening.container())
                .withVolumeMounts(LauncherVolumes.mounts(spec, disks))
                .withVolumeDevices(LauncherVolumes.devices(disks))
                .withTerminationMessagePolicy("File")
                .withNewLifecycle()
                .withNewPreStop()
                .withNewExec()
                .withCommand(TELL_OF_THE_END)
                .endExec()
                .endPreStop()
                .endLifecycle()
                .build();
    }

    private static List<ContainerPort> ports(VirtualMachineSpec spec) {
        return MachineDefinition.adapters(spec)
                .flatMap(MachineDefinition::ports)
                .map(port -> new ContainerPortBuilder()
                        .withName(port.name())
                        .withContainerPort(port.port())
                        .withProtocol(port.protocol() == PortProtocol.UDP ? "UDP" : "TCP")
                        .build())
                .toList();
    }

    private static ResourceRequirements resources(
            VirtualMachineSpec spec, VirtualMachineDefinition definition, OperatorSettings settings) {
        Long hugePage = definition.memory().hugePageBytes();
        long guest = definition.memory().startupBytes();
        Quantity memory = PodMemory.limit(definition, hugePage == null ? guest : 0);
        Quantity one = new Quantity("1");
        ResourceRequirementsBuilder resources = new ResourceRequirementsBuilder()
                .addToRequests("cpu", ProcessorSettings.request(spec.processor(), settings.milliCpuPerProcessor()))
                .addToRequests("memory", memory)
                .addToRequests(KubeHV.HYPERVISOR_RESOURCE, one)
                .addToLimits("memory", memory)
                .addToLimits(KubeHV.HYPERVISOR_RESOURCE, one);
        ProcessorSettings.limit(spec.processor()).ifPresent(limit -> resources.addToLimits("cpu", limit));
        if (hugePage != null) {
            Quantity pages = new Quantity(String.valueOf(guest));
            String resource = "hugepages-" + (hugePage == 2L << 20 ? "2Mi" : "1Gi");
            resources.addToRequests(resource, pages).addToLimits(resource, pages);
        }
        return resources.build();
    }
}
