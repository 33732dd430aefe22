package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.MemoryOverhead;
import java.util.List;
import java.util.Optional;

/** The memory of a VM's pod: its guest's, which may change while it runs, and what QEMU needs beside that. */
public final class PodMemory {
    private static final String MEMORY = "memory";

    private final VirtualMachineDefinition definition;
    private final long asked;
    private final long given;

    /** What the pod says of it. */
    public PodMemory(Pod pod) {
        definition = VirtualMachineDefinition.fromJson(LauncherVolumes.definition(pod.getSpec()));
        long overhead = MemoryOverhead.bytes(definition);
        Container container = pod.getSpec().getContainers().getFirst();
        asked = limit(container.getResources()).orElse(overhead) - overhead;
        given = Optional.ofNullable(pod.getStatus()).map(PodStatus::getContainerStatuses).stream()
                .flatMap(List::stream)
                .filter(status -> container.getName().equals(status.getName()))
                .map(ContainerStatus::getResources)
                .flatMap(resources -> limit(resources).stream())
                .map(limit -> limit - overhead)
                .findFirst()
                .orElse(asked);
    }

    /** The container's request and limit, for so many bytes of guest. */
    public static Quantity limit(VirtualMachineDefinition definition, long guest) {
        return new Quantity(String.valueOf(MemoryOverhead.bytes(definition) + guest));
    }

    /** The pod's limit, for so many bytes of guest. */
    public Quantity limitFor(long guest) {
        return limit(definition, guest);
    }

    /** Whether its guest can have more or less memory while it runs. */
    public boolean isResizable() {
        return most() > least();
    }

    /** What the guest started with, in bytes. */
    public long least() {
        return definition.memory().startupBytes();
    }

    /** What the guest has room for, in bytes. */
    public long most() {
        return definition.memory().maximumBytes();
    }

    /** How many bytes of guest its limit is meant for. */
    public long asked() {
        return asked;
    }

    /** How many bytes of guest its cgroup has room for, as the kubelet tells. */
    public long given() {
        return given;
    }

    private static Optional<Long> limit(ResourceRequirements resources) {
        return Optional.ofNullable(resources)
                .map(ResourceRequirements::getLimits)
                .map(limits -> limits.get(MEMORY))
                .map(limit -> limit.getNumericalAmount().longValue());
    }
}
