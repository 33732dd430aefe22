package io.kubehv.vmbus.machine;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;

/**
 * What matters of a VM's pod.
 *
 * @param deleting whether it is to go
 * @param grace the time that it was given to go in
 * @param resuming whether it has a saved memory to go on from
 */
public record PodFacts(String uid, boolean deleting, Duration grace, boolean resuming) {
    /** Where a pod has the volume with the saved memory. */
    static final String SAVED_STATE_DIRECTORY = "/var/lib/kubehv/saved-state";

    /** The same as the kubelet takes when a pod says nothing. */
    private static final long DEFAULT_GRACE_SECONDS = 30;

    public static PodFacts of(Pod pod) {
        long grace = Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds())
                .orElse(DEFAULT_GRACE_SECONDS);
        boolean resuming = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getVolumeMounts().stream())
                .anyMatch(mount -> SAVED_STATE_DIRECTORY.equals(mount.getMountPath()));
        return new PodFacts(
                pod.getMetadata().getUid(),
                pod.getMetadata().getDeletionTimestamp() != null,
                Duration.ofSeconds(grace),
                resuming);
    }
}
