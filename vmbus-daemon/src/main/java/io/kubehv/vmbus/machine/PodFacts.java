package io.kubehv.vmbus.machine;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.vmbus.adapter.OwnAdapters;
import io.kubehv.vmbus.disk.OwnDisk;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What matters of a VM's pod.
 *
 * @param deleting whether it is to go
 * @param grace the time that it was given to go in
 * @param resuming whether it has a saved memory to go on from
 * @param disks what the VM started with
 * @param memory how many bytes of memory the guest may have; 0 while that is not known
 * @param adapters what the pod says of its network adapters
 */
public record PodFacts(
        String uid,
        boolean deleting,
        Duration grace,
        boolean resuming,
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

    /** Of a VM that started without adapters. */
    public PodFacts(String uid, boolean deleting, Duration grace, boolean resuming, List<OwnDisk> disks, long memory) {
        this(uid, deleting, grace, resuming, disks, memory, OwnAdapters.NONE);
    }

    /** Of a VM that started without disks or adapters, with as much memory as it ever has. */
    public PodFacts(String uid, boolean deleting, Duration grace, boolean resuming) {
        this(uid, deleting, grace, resuming, List.of(), 0);
    }

    public static PodFacts of(Pod pod) {
        long grace = Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds())
                .orElse(DEFAULT_GRACE_SECONDS);
        boolean resuming = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getVolumeMounts().stream())
                .anyMatch(mount -> SAVED_STATE_DIRECTORY.equals(mount.getMountPath()));
        Optional<PodDefinition> definition = PodDefinition.of(pod);
        return new PodFacts(
                pod.getMetadata().getUid(),
                pod.getMetadata().getDeletionTimestamp() != null,
                Duration.ofSeconds(grace),
                resuming,
                definition.map(found -> OwnDisk.of(pod, found.definition())).orElse(List.of()),
                definition.map(PodDefinition::memory).orElse(0L),
                definition.map(found -> OwnAdapters.of(pod, found.definition())).orElse(OwnAdapters.NONE));
    }
}
