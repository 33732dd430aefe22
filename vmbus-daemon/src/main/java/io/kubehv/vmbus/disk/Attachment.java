package io.kubehv.vmbus.disk;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kubehv.api.v1alpha1.KubeHV;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A pod that mounts a volume for a VM that runs already, and does nothing else: a running pod can't be given one.
 *
 * @param disk the VM's disk or DVD drive that the volume is for
 * @param claim the volume's claim
 * @param usable its volume is there, and stays
 * @param leaving it is to go, or has ended, and its volume with it
 */
public record Attachment(String disk, String podUid, String podName, String claim, boolean usable, boolean leaving) {

    /** What a pod mounts; empty where it is none of these. */
    public static Optional<Attachment> of(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        Optional<String> claim = pod.getSpec().getVolumes().stream()
                .map(Volume::getPersistentVolumeClaim)
                .filter(Objects::nonNull)
                .map(volume -> volume.getClaimName())
                .findFirst();
        if (annotations == null || !annotations.containsKey(KubeHV.DISK_ANNOTATION) || claim.isEmpty()) {
            return Optional.empty();
        }
        String phase =
                pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
        boolean leaving =
                pod.getMetadata().getDeletionTimestamp() != null || phase.equals("Succeeded") || phase.equals("Failed");
        return Optional.of(new Attachment(
                annotations.get(KubeHV.DISK_ANNOTATION),
                pod.getMetadata().getUid(),
                pod.getMetadata().getName(),
                claim.get(),
                phase.equals("Running") && !leaving,
                leaving));
    }
}
