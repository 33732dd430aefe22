package io.kubehv.operator.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.kubehv.api.v1alpha1.HttpFolder;
import io.kubehv.hv.definition.WebFolder;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Draws up a pod with one program that runs once and has no rights: it mounts what it needs, and its last words, one JSON object,
 * are the result.
 */
public final class OneShotPod {
    /** Its only container. */
    public static final String CONTAINER = "main";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SCRATCH = "scratch";
    private static final String SCRATCH_PATH = "/scratch";
    private static final String CREDENTIALS_PATH = "/etc/kubehv/credentials";
    private static final String TRUST_PATH = "/etc/kubehv/trust";

    private final PodSpecBuilder spec;
    private final ContainerBuilder container;
    private final List<VolumeMount> mounts = new ArrayList<>();

    /** @param program its path in the hypervisor image */
    public OneShotPod(String program, OperatorSettings settings) {
        spec = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(1L)
                .withSecurityContext(Hardening.podWithoutPorts());
        settings.imagePullSecret().ifPresent(spec::addNewImagePullSecret);
        container = new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withSecurityContext(Hardening.container())
                .withCommand(program)
                .withNewResources()
                .addToRequests("cpu", new Quantity("50m"))
                .addToRequests("memory", new Quantity("64Mi"))
                .endResources();
        spec.addNewVolume().withName(SCRATCH).withNewEmptyDir().endEmptyDir().endVolume();
        mounts.add(mount(SCRATCH, SCRATCH_PATH, false));
    }

    /** Where it may keep what it needs while it runs. */
    public static String scratch() {
        return SCRATCH_PATH;
    }

    /** Mounts a claim; {@code volume} is a name that no other volume of the pod has. */
    public OneShotPod claim(String volume, String claim, String path, boolean readOnly) {
        volume(volume, claim, readOnly);
        mounts.add(mount(volume, path, readOnly));
        return this;
    }

    /** Gives it a Block claim as a device. */
    public OneShotPod device(String volume, String claim, String path, boolean readOnly) {
        volume(volume, claim, readOnly);
        container.addNewVolumeDevice().withName(volume).withDevicePath(path).endVolumeDevice();
        return this;
    }

    /** Puts it where a claim is, without mounting that. */
    public OneShotPod beside(List<String> claims) {
        for (int i = 0; i < claims.size(); i++) {
            volume(PodFacts.GUIDE + i, claims.get(i), false);
        }
        return this;
    }

    private void volume(String volume, String claim, boolean readOnly) {
        spec.addNewVolume()
                .withName(volume)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .withReadOnly(readOnly ? true : null)
                .endPersistentVolumeClaim()
                .endVolume();
    }

    /** Mounts what a web server asks for, and says where. */
    public WebFolder web(HttpFolder http) {
        if (http.secretName() != null) {
            spec.addNewVolume()
                    .withName("credentials")
                    .withNewSecret()
                    .withSecretName(http.secretName())
                    .endSecret()
                    .endVolume();
            mounts.add(mount("credentials", CREDENTIALS_PATH, true));
        }
        if (http.caConfigMapName() != null) {
            spec.addNewVolume()
                    .withName("trust")
                    .withNewConfigMap()
                    .withName(http.caConfigMapName())
                    .endConfigMap()
                    .endVolume();
            mounts.add(mount("trust", TRUST_PATH, true));
        }
        return new WebFolder(
                http.url(),
                http.secretName() == null ? null : CREDENTIALS_PATH,
                http.caConfigMapName() == null ? null : TRUST_PATH);
    }

    /** Whatever else its spec needs. */
    public OneShotPod with(Consumer<PodSpecBuilder> change) {
        change.accept(spec);
        return this;
    }

    /** The pod, for this owner. */
    public Pod build(HasMetadata owner, String name, String role, String variable, String definition) {
        container
                .addNewEnv()
                .withName(variable)
                .withValue(definition.replace("$", "$$"))
                .endEnv();
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(owner.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(owner))
                .addToLabels(PodRoles.LABEL, role)
                .endMetadata()
                .withSpec(
                        spec.addToContainers(container.withVolumeMounts(mounts).build())
                                .build())
                .build();
    }

    /** What it told at its end; missing where it was ended by others and told nothing. */
    public static JsonNode told(PodFacts pod) {
        return read(pod.lastWords(CONTAINER));
    }

    /** A line of its log, or a termination message. */
    public static JsonNode read(String line) {
        try {
            JsonNode told = JSON.readTree(line);
            return told == null ? MissingNode.getInstance() : told;
        } catch (JsonProcessingException e) {
            // The kubelet's words, or half a line.
            return MissingNode.getInstance();
        }
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build();
    }
}
