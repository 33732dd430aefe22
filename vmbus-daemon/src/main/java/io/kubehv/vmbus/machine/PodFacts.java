package io.kubehv.vmbus.machine;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.vmbus.adapter.OwnAdapters;
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
 * @param memory how many bytes of memory the guest may have; 0 while that is not known
 * @param adapters what the pod says of its network adapters
 */
public record PodFacts(
        String uid,
        boolean deleting,
        Duration grace,
        boolean resuming,
        boolean keepsPlace,
        int processors,
        @Nullable String restartedAt,
        List<OwnDisk> disks,
        long memory,
        OwnAdapters adapters) {
    /** Where a pod has the volume with the saved memory. */
    static final String SAVED_STATE_DIRECTORY = "/var/lib/kubehv/saved-state";

    /** The same as the kubelet takes when a pod says nothing. */
    private static final long DEFAULT_GRACE_SECONDS = 30;

    /** Copies the list. */
    public PodFacts {
        disks = List.copyOf(disks);
    }

    /** Of a VM that started without disks or adapters, keeps no place for its memory and has as much of it as it ever has. */
    public PodFacts(String uid, boolean deleting, Duration grace, boolean resuming) {
        this(uid, deleting, grace, resuming, List.of(), 0);
    }

    /** Of a VM that keeps no place for its memory, and started without adapters. */
    PodFacts(String uid, boolean deleting, Duration grace, boolean resuming, List<OwnDisk> disks, long memory) {
        this(uid, deleting, grace, resuming, false, 1, null, disks, memory, OwnAdapters.NONE);
    }

    public static PodFacts of(Pod pod) {
        long grace = Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds())
                .or(() -> Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds()))
                .orElse(DEFAULT_GRACE_SECONDS);
        boolean mounted = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getVolumeMounts().stream())
                .anyMatch(mount -> SAVED_STATE_DIRECTORY.equals(mount.getMountPath()));
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        Optional<PodDefinition> definition = PodDefinition.of(pod);
        return new PodFacts(
                pod.getMetadata().getUid(),
                pod.getMetadata().getDeletionTimestamp() != null,
                Duration.ofSeconds(grace),
                mounted
                        && definition
                                .map(found -> found.definition().restorePath())
                                .isPresent(),
                mounted && definition.isPresent(),
                definition.map(found -> found.definition().processor().count()).orElse(1),
                annotations == null ? null : annotations.get(KubeHV.RESTARTED_AT_ANNOTATION),
                definition.map(found -> OwnDisk.of(pod, found.definition())).orElse(List.of()),
                definition.map(PodDefinition::memory).orElse(0L),
                definition.map(found -> OwnAdapters.of(pod, found.definition())).orElse(OwnAdapters.NONE));
    }
}
