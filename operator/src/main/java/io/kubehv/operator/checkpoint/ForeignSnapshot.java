package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The VolumeSnapshot of a disk of another CSI driver, as its snapshot controller tells of it.
 *
 * @param disk the disk's name in the VM
 * @param creationTime when the driver had the state; null: it has not yet
 * @param ready whether volumes can be made of it
 * @param restoreSize the bytes that those need at least; null: not told
 * @param error what the driver says that went wrong; null: nothing
 */
record ForeignSnapshot(
        String disk,
        boolean deleting,
        @Nullable String creationTime,
        boolean ready,
        @Nullable Long restoreSize,
        @Nullable String error) {

    static ForeignSnapshot of(String disk, GenericKubernetesResource found) {
        Map<?, ?> status = map(found.getAdditionalProperties().get("status"));
        Object size = status.get("restoreSize");
        return new ForeignSnapshot(
                disk,
                found.getMetadata().getDeletionTimestamp() != null,
                text(status.get("creationTime")),
                Boolean.TRUE.equals(status.get("readyToUse")),
                size == null
                        ? null
                        : Quantity.getAmountInBytes(new Quantity(size.toString()))
                                .longValue(),
                text(map(status.get("error")).get("message")));
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> found ? found : Map.of();
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
