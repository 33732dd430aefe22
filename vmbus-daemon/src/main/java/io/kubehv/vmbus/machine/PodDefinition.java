package io.kubehv.vmbus.machine;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.MemoryOverhead;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The container of a pod that a QEMU runs in.
 *
 * @param definition the machine that it was started as
 */
record PodDefinition(Pod pod, Container container, VirtualMachineDefinition definition) {
    /** Empty where there is none, or none that can be read: then nothing may be touched. */
    static Optional<PodDefinition> of(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getEnv().stream()
                        .filter(variable -> VirtualMachineDefinition.ENVIRONMENT_VARIABLE.equals(variable.getName()))
                        .map(EnvVar::getValue)
                        .flatMap(text -> read(text).stream())
                        .map(definition -> new PodDefinition(pod, container, definition)))
                .findFirst();
    }

    private static Optional<VirtualMachineDefinition> read(String text) {
        try {
            // The kubelet makes one dollar sign of two.
            return Optional.of(VirtualMachineDefinition.fromJson(text.replace("$$", "$")));
        } catch (DefinitionException e) {
            return Optional.empty();
        }
    }

    /**
     * How many bytes of memory the guest may have: what the container's limit leaves beside QEMU itself. It is the lower
     * one of the limit that is asked for and of the limit that its cgroup has by now, so that a limit that rises or falls
     * never kills the VM. 0 while that is not known.
     */
    long memory() {
        long asked = limit(container.getResources());
        long enforced = statuses()
                .filter(status -> container.getName().equals(status.getName()))
                .map(ContainerStatus::getResources)
                .mapToLong(PodDefinition::limit)
                .findFirst()
                .orElse(0);
        return Math.max(0, Math.min(asked, enforced) - MemoryOverhead.bytes(definition));
    }

    private Stream<ContainerStatus> statuses() {
        boolean told = pod.getStatus() != null && pod.getStatus().getContainerStatuses() != null;
        return (told ? pod.getStatus().getContainerStatuses() : List.<ContainerStatus>of()).stream();
    }

    private static long limit(@Nullable ResourceRequirements resources) {
        Quantity limit = resources == null || resources.getLimits() == null
                ? null
                : resources.getLimits().get("memory");
        return limit == null ? 0 : limit.getNumericalAmount().longValue();
    }
}
