package io.kubehv.vmbus.machine;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.vmbus.disk.OwnDisk;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What matters of a VM's pod.
 *
 * @param deleting whether it is to go
 * @param grace the time that it was given to go in
 * @param resuming whether it has a saved memory to go on from
 * @param keepsPlace whether it mounts a volume that its memory can be saved to
 * @param processors how many processors it was started with
 * @param restartedAt the restart that it comes of, if it comes of one that was asked for
 * @param disks what the VM started with
 */
public record PodFacts(
        String uid,
        boolean deleting,
        Duration grace,
        boolean resuming,
        boolean keepsPlace,
        int processors,
        @Nullable String restartedAt,
        List<OwnDisk> disks) {
    /** Where a pod has the volume with the saved memory. */
    static final String SAVED_STATE_DIRECTORY = "/var/lib/kubehv/saved-state";

    /** The same as the kubelet takes when a pod says nothing. */
    private static final long DEFAULT_GRACE_SECONDS = 30;

    /** Copies the list. */
    public PodFacts {
        disks = List.copyOf(disks);
    }

    /** Of a VM that started without disks, and keeps no place for its memory. */
    public PodFacts(String uid, boolean deleting, Duration grace, boolean resuming) {
        this(uid, deleting, grace, resuming, false, 1, null, List.of());
    }

    public static PodFacts of(Pod pod) {
        Optional<VirtualMachineDefinition> definition = definition(pod);
        long grace = Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds())
                .or(() -> Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds()))
                .orElse(DEFAULT_GRACE_SECONDS);
        boolean mounted = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getVolumeMounts().stream())
                .anyMatch(mount -> SAVED_STATE_DIRECTORY.equals(mount.getMountPath()));
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return new PodFacts(
                pod.getMetadata().getUid(),
                pod.getMetadata().getDeletionTimestamp() != null,
                Duration.ofSeconds(grace),
                mounted && definition.map(VirtualMachineDefinition::restorePath).isPresent(),
                mounted && definition.isPresent(),
                definition.map(machine -> machine.processor().count()).orElse(1),
                annotations == null ? null : annotations.get(KubeHV.RESTARTED_AT_ANNOTATION),
                definition.map(machine -> OwnDisk.of(machine, pod)).orElse(List.of()));
    }

    /** Empty where it can't be read, as then nothing may be touched. */
    private static Optional<VirtualMachineDefinition> definition(Pod pod) {
        String text = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> VirtualMachineDefinition.ENVIRONMENT_VARIABLE.equals(variable.getName()))
                .map(EnvVar::getValue)
                .findFirst()
                .orElse("");
        try {
            // The kubelet makes one dollar sign of two.
            return Optional.of(VirtualMachineDefinition.fromJson(text.replace("$$", "$")));
        } catch (DefinitionException e) {
            return Optional.empty();
        }
    }
}
