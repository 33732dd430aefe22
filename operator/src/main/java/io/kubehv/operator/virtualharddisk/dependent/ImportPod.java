package io.kubehv.operator.virtualharddisk.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.ContainerImageSource;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.HttpSource;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VolumeFileSource;
import io.kubehv.hv.definition.ImportDefinition;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualharddisk.DiskSize;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The pod that fills a disk. It runs once and has no rights; what it says last is the result. */
public final class ImportPod {
    public static final String CONTAINER = "import";

    private static final String FOR_ANNOTATION = KubeHV.GROUP + "/import-of";
    private static final String ATTEMPT_ANNOTATION = KubeHV.GROUP + "/attempt";
    private static final String PLACEMENT_ANNOTATION = KubeHV.GROUP + "/placement";
    private static final String TARGET = "target";
    private static final String TARGET_PATH = "/target";
    private static final String SCRATCH = "scratch";
    private static final String SCRATCH_PATH = "/scratch";
    private static final String PARENT = "parent";
    private static final String PARENT_PATH = "/parent";
    private static final String TOOLS = "tools";
    private static final String TOOLS_PATH = "/tools";
    private static final String BUSYBOX = TOOLS_PATH + "/busybox";
    private static final String CREDENTIALS = "credentials";
    private static final String CREDENTIALS_PATH = "/etc/kubehv/credentials";
    private static final String TRUST = "trust";
    private static final String TRUST_PATH = "/etc/kubehv/trust";
    private static final String IMAGE = "/disk.img";

    private ImportPod() {}

    public static String name(VirtualHardDisk disk) {
        return DerivedName.of(disk.getMetadata().getName(), "import");
    }

    /** How many imports it makes with this one. */
    public static int attempt(PodFacts pod) {
        String attempt = pod.annotation(ATTEMPT_ANNOTATION);
        return attempt.matches("\\d{1,6}") ? Integer.parseInt(attempt) : 1;
    }

    /** Whether the pod imports what the spec and what it names say now. */
    public static boolean current(ObservedDisk observed, PodFacts pod) {
        return of(observed).equals(pod.annotation(FOR_ANNOTATION));
    }

    /** Whether the pod, if it has no node yet, may get one that the rules of today allow. */
    public static boolean placed(ObservedDisk observed, PodFacts pod) {
        return pod.nodeName().isPresent() || of(observed.placement()).equals(pod.annotation(PLACEMENT_ANNOTATION));
    }

    /** Where a disk's content comes from, as one value. */
    public static String source(VirtualHardDisk disk) {
        HttpSource http = disk.getSpec().http();
        ContainerImageSource image = disk.getSpec().containerImage();
        VolumeFileSource file = disk.getSpec().persistentVolumeClaim();
        return DerivedName.hash((http == null ? "" : http.url() + " " + http.checksum())
                + (file == null ? "" : file)
                + (image == null ? "" : image.image())
                + disk.getSpec().parent());
    }

    /** The pod that makes this attempt, placed so that the VM that waits for the disk can run where the disk is. */
    public static Pod desired(ObservedDisk observed, int attempt, OperatorSettings settings) {
        VirtualHardDisk disk = observed.disk();
        Placement placement = observed.placement();
        PodSpecBuilder spec = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(1L)
                .withNodeSelector(placement.nodeSelector())
                .withAffinity(placement.affinity())
                .withTolerations(placement.tolerations())
                .withSecurityContext(Hardening.podWithoutPorts());
        claim(spec, TARGET, disk.getMetadata().getName(), false);
        for (int i = 0; i < placement.siblings().size(); i++) {
            claim(spec, PodFacts.GUIDE + i, placement.siblings().get(i), false);
        }
        settings.imagePullSecret().ifPresent(spec::addNewImagePullSecret);
        Container main = observed.clonedByDriver() ? consumer(disk, spec, settings) : importer(disk, spec, settings);
        return new PodBuilder()
                .withNewMetadata()
                .withName(name(disk))
                .withNamespace(disk.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(disk))
                .addToLabels(PodRoles.LABEL, PodRoles.DISK_IMPORT)
                .addToAnnotations(FOR_ANNOTATION, of(observed))
                .addToAnnotations(ATTEMPT_ANNOTATION, String.valueOf(attempt))
                .addToAnnotations(PLACEMENT_ANNOTATION, of(placement))
                .endMetadata()
                .withSpec(spec.addToContainers(main).build())
                .build();
    }

    /** What is imported, as one value: another value is another import. */
    private static String of(ObservedDisk observed) {
        VirtualHardDisk disk = observed.disk();
        String source = String.valueOf(disk.getSpec().http())
                + disk.getSpec().containerImage()
                + disk.getSpec().parent()
                + (disk.getSpec().persistentVolumeClaim() == null
                        ? ""
                        : disk.getSpec().persistentVolumeClaim())
                + disk.getSpec().size();
        return DerivedName.hash(source + observed.referenced());
    }

    private static String of(Placement placement) {
        return DerivedName.hash(Serialization.asJson(placement));
    }

    /** A clone that the driver makes is made for whoever mounts it first; parent and clone must be on one node. */
    private static Container consumer(VirtualHardDisk disk, PodSpecBuilder spec, OperatorSettings settings) {
        String parent = Objects.requireNonNull(disk.getSpec().parent()).name();
        claim(spec, PARENT, parent, true);
        return container(CONTAINER, settings)
                .withCommand("/bin/true")
                .withVolumeMounts(mount(TARGET, TARGET_PATH, false), mount(PARENT, PARENT_PATH, true))
                .build();
    }

    private static Container importer(VirtualHardDisk disk, PodSpecBuilder spec, OperatorSettings settings) {
        List<VolumeMount> mounts =
                new ArrayList<>(List.of(mount(TARGET, TARGET_PATH, false), mount(SCRATCH, SCRATCH_PATH, false)));
        spec.addNewVolume().withName(SCRATCH).withNewEmptyDir().endEmptyDir().endVolume();
        ImportDefinition.Source source = source(disk, spec, mounts, settings);
        ImportDefinition definition = new ImportDefinition(
                disk.getMetadata().getNamespace(),
                disk.getMetadata().getName(),
                source,
                DiskSize.bytes(disk.getSpec().size()),
                TARGET_PATH + IMAGE,
                SCRATCH_PATH);
        return container(CONTAINER, settings)
                .withCommand("/usr/local/bin/disk-import")
                .addNewEnv()
                .withName(ImportDefinition.ENVIRONMENT_VARIABLE)
                .withValue(definition.toJson().replace("$", "$$"))
                .endEnv()
                .withVolumeMounts(mounts)
                .build();
    }

    private static ImportDefinition.Source source(
            VirtualHardDisk disk, PodSpecBuilder spec, List<VolumeMount> mounts, OperatorSettings settings) {
        HttpSource http = disk.getSpec().http();
        if (http != null) {
            return http(http, spec, mounts);
        }
        ContainerImageSource image = disk.getSpec().containerImage();
        if (image != null) {
            return containerImage(image, spec, settings);
        }
        VolumeFileSource file = disk.getSpec().persistentVolumeClaim();
        if (file != null) {
            claim(spec, PARENT, file.name(), true);
            mounts.add(mount(PARENT, PARENT_PATH, true));
            return new ImportDefinition.VolumeFile(
                    PARENT_PATH,
                    file.path(),
                    file.format() == null ? null : file.format().qemuName(),
                    file.checksum());
        }
        claim(spec, PARENT, Objects.requireNonNull(disk.getSpec().parent()).name(), true);
        mounts.add(mount(PARENT, PARENT_PATH, true));
        return new ImportDefinition.Parent(PARENT_PATH + IMAGE);
    }

    private static ImportDefinition.Source http(HttpSource http, PodSpecBuilder spec, List<VolumeMount> mounts) {
        if (http.secretName() != null) {
            spec.addNewVolume()
                    .withName(CREDENTIALS)
                    .withNewSecret()
                    .withSecretName(http.secretName())
                    .endSecret()
                    .endVolume();
            mounts.add(mount(CREDENTIALS, CREDENTIALS_PATH, true));
        }
        if (http.caConfigMapName() != null) {
            spec.addNewVolume()
                    .withName(TRUST)
                    .withNewConfigMap()
                    .withName(http.caConfigMapName())
                    .endConfigMap()
                    .endVolume();
            mounts.add(mount(TRUST, TRUST_PATH, true));
        }
        return new ImportDefinition.Http(
                http.url(),
                http.checksum(),
                http.secretName() == null ? null : CREDENTIALS_PATH,
                http.caConfigMapName() == null ? null : TRUST_PATH);
    }

    /**
     * The user's image runs beside the importer with a program that we bring: it need not have a shell, and nothing of
     * it is run. The importer reads its files through the shared process namespace.
     */
    private static ImportDefinition.Source containerImage(
            ContainerImageSource image, PodSpecBuilder spec, OperatorSettings settings) {
        VolumeMount tools = mount(TOOLS, TOOLS_PATH, false);
        spec.addNewVolume().withName(TOOLS).withNewEmptyDir().endEmptyDir().endVolume();
        spec.withShareProcessNamespace(true);
        if (image.pullSecretName() != null) {
            spec.addNewImagePullSecret(image.pullSecretName());
        }
        spec.addToInitContainers(container(TOOLS, settings)
                .withCommand("/bin/busybox", "cp", "/bin/busybox", BUSYBOX)
                .withVolumeMounts(tools)
                .build());
        spec.addToInitContainers(
                new ContainerBuilder(container("source", settings).build())
                        .withImage(image.image())
                        .withImagePullPolicy(image.pullPolicy() == null ? "IfNotPresent" : image.pullPolicy())
                        .withCommand(BUSYBOX, "sleep", "infinity")
                        .withRestartPolicy("Always")
                        .withVolumeMounts(mount(TOOLS, TOOLS_PATH, true))
                        .build());
        return new ImportDefinition.ContainerImage(BUSYBOX, "/disk");
    }

    private static ContainerBuilder container(String name, OperatorSettings settings) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withSecurityContext(Hardening.container())
                .withNewResources()
                .addToRequests("cpu", new Quantity("50m"))
                .addToRequests("memory", new Quantity("64Mi"))
                .endResources();
    }

    private static void claim(PodSpecBuilder spec, String volume, String claim, boolean readOnly) {
        spec.addNewVolume()
                .withName(volume)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .withReadOnly(readOnly ? true : null)
                .endPersistentVolumeClaim()
                .endVolume();
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build();
    }
}
