package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import java.util.List;
import java.util.stream.Stream;

/**
 * A pod that does nothing but mount the claim of a disk that comes to a running VM, on the VM's node: the VM's own pod
 * can't be given a volume, but its daemon can hand QEMU what lies on another pod's.
 */
public final class AttachmentPod {
    private static final String NAME = "disk";
    private static final String DIRECTORY = "/disk";
    private static final int HASH_DIGITS = 8;

    /** As the launcher would: a disk that has any content is never touched. */
    private static final String MAKE_BLANK = "[ -s \"$1\" ] || exec truncate -s \"$2\" \"$1\"";

    /** The disk's settings when it came, which it keeps for as long as it stays. */
    private static final String SETTINGS_ANNOTATION = KubeHV.GROUP + "/disk-settings";

    private static final String READ_ONLY = "readOnly";
    private static final String MAXIMUM = "qos.maximumIOPS";

    private AttachmentPod() {}

    /** The settings of a disk that are others than those with which it came, by their names in the spec. */
    public static List<String> changes(Disk disk, Pod attachment) {
        String kept = new PodFacts(attachment).annotation(SETTINGS_ANNOTATION);
        List<String> then = List.of(kept.split(",", -1));
        return kept.isEmpty()
                ? List.of()
                : Stream.of(settings(disk).split(",", -1))
                        .filter(setting -> !then.contains(setting))
                        .map(setting -> setting.substring(0, setting.indexOf('=')))
                        .toList();
    }

    private static String settings(Disk disk) {
        Long maximum = disk.qos() == null ? null : disk.qos().maximumIOPS();
        return READ_ONLY + "=" + Boolean.TRUE.equals(disk.readOnly()) + "," + MAXIMUM + "="
                + (maximum == null ? 0 : maximum);
    }

    /** Its name tells the disk and the claim, so that another claim under the disk's name gets another pod. */
    public static String name(VirtualMachine machine, ResolvedDisk disk) {
        String claim = DerivedName.hash(disk.claim()).substring(0, HASH_DIGITS);
        return DerivedName.of(
                machine.getMetadata().getName(), "attach-" + disk.disk().name() + "-" + claim);
    }

    public static Pod desired(VirtualMachine machine, ResolvedDisk disk, String nodeName, OperatorSettings settings) {
        PodSpecBuilder spec = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(1L)
                .withTolerations(machine.getSpec().tolerations())
                .withAffinity(SavePod.on(nodeName))
                .withSecurityContext(Hardening.podWithoutPorts())
                .withContainers(container(disk, settings, NAME, "/bin/sleep", "infinity"))
                .addNewVolume()
                .withName(NAME)
                .withNewPersistentVolumeClaim()
                .withClaimName(disk.claim())
                .withReadOnly(disk.readOnly() ? true : null)
                .endPersistentVolumeClaim()
                .endVolume();
        Long blank = disk.blankBytes();
        if (blank != null) {
            spec.withInitContainers(container(
                    disk,
                    settings,
                    "blank",
                    "/bin/sh",
                    "-ec",
                    MAKE_BLANK,
                    "sh",
                    DIRECTORY + MachineDefinition.IMAGE,
                    blank.toString()));
        }
        settings.imagePullSecret().ifPresent(spec::addNewImagePullSecret);
        return new PodBuilder()
                .withNewMetadata()
                .withName(name(machine, disk))
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(KubeHV.ATTACHMENT_FOR_LABEL, machine.getMetadata().getUid())
                .addToLabels(PodRoles.LABEL, PodRoles.ATTACHMENT)
                .addToAnnotations(KubeHV.DISK_ANNOTATION, disk.disk().name())
                .addToAnnotations(SETTINGS_ANNOTATION, settings(disk.disk()))
                .endMetadata()
                .withSpec(spec.build())
                .build();
    }

    private static Container container(ResolvedDisk disk, OperatorSettings settings, String name, String... command) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withCommand(command)
                .withSecurityContext(Hardening.container())
                .withNewResources()
                .addToRequests("cpu", new Quantity("10m"))
                .addToRequests("memory", new Quantity("8Mi"))
                .endResources()
                .addNewVolumeMount()
                .withName(NAME)
                .withMountPath(DIRECTORY)
                .withReadOnly(disk.readOnly() ? true : null)
                .endVolumeMount()
                .build();
    }
}
