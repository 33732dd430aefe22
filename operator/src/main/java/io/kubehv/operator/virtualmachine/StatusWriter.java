package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.StatusApply;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stores the operator's part of a VM's status by server-side apply. Each write names the version of the VM that it was
 * decided on and is refused by the API server when the VM has moved since: so no identity is made twice, and no word of
 * a daemon is overwritten unread.
 */
@ApplicationScoped
public class StatusWriter {
    private static final Set<String> OWN_CONDITIONS = Set.of(
            ConditionTypes.READY,
            ConditionTypes.DISKS_READY,
            ConditionTypes.MEMORY_READY,
            ConditionTypes.NETWORK_READY,
            ConditionTypes.STALLED,
            ConditionTypes.RESTART_REQUIRED);

    private static final String STATUS = "status";
    private static final String STATUS_FIELD = "f:status";

    private final KubernetesClient client;

    public StatusWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Makes the operator's part of the status what it should be, by at most one write.
     *
     * @return the VM as it is stored now; empty if nothing had to be written
     * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 if the VM has moved
     */
    public Optional<VirtualMachine> write(VirtualMachine machine, VirtualMachineStatus wanted) {
        VirtualMachineStatus whole = wanted.state() == null ? withState(wanted, ownState(machine)) : wanted;
        if (shows(machine.getStatus(), whole)) {
            return Optional.empty();
        }
        return Optional.of(apply(machine, whole, KubeHV.OPERATOR_FIELD_MANAGER));
    }

    /**
     * Takes back, in the daemon's name, what it said of a pod that is no more: the daemon may be gone with its node. The
     * record of the last reset stays.
     */
    public void releaseDaemonFields(VirtualMachine machine) {
        boolean left = fields(machine, KubeHV.DAEMON_FIELD_MANAGER).keySet().stream()
                .anyMatch(field -> !field.equals("f:resetAt"));
        VirtualMachineStatus status = machine.getStatus();
        if (left && status != null) {
            VirtualMachineStatus kept =
                    new VirtualMachineStatus(null, null, null, null, null, null, null, null, status.resetAt(), null);
            apply(machine, kept, KubeHV.DAEMON_FIELD_MANAGER);
        }
    }

    private VirtualMachine apply(VirtualMachine machine, VirtualMachineStatus status, String manager) {
        VirtualMachine patch = new VirtualMachine();
        patch.setMetadata(StatusApply.toVersion(machine));
        patch.setStatus(status);
        return StatusApply.store(client, patch, manager);
    }

    private static boolean shows(@Nullable VirtualMachineStatus present, VirtualMachineStatus wanted) {
        return present != null
                && (wanted.state() == null || wanted.state() == present.state())
                && Objects.equals(wanted.observedGeneration(), present.observedGeneration())
                && Objects.equals(wanted.nodeName(), present.nodeName())
                && Objects.equals(wanted.podName(), present.podName())
                && Objects.equals(wanted.identity(), present.identity())
                && Objects.equals(wanted.addresses(), present.addresses())
                && Objects.equals(wanted.automaticStart(), present.automaticStart())
                && Objects.equals(wanted.origin(), present.origin())
                && own(wanted).equals(own(present));
    }

    private static Set<Condition> own(VirtualMachineStatus status) {
        return status.conditions() == null
                ? Set.of()
                : Set.copyOf(status.conditions().stream()
                        .filter(condition -> OWN_CONDITIONS.contains(condition.getType()))
                        .toList());
    }

    /** The state, if the operator was the last to write it: left out of an apply, it would be deleted. */
    private static @Nullable VirtualMachineState ownState(VirtualMachine machine) {
        VirtualMachineStatus status = machine.getStatus();
        boolean own = fields(machine, KubeHV.OPERATOR_FIELD_MANAGER).containsKey("f:state");
        return own && status != null ? status.state() : null;
    }

    private static VirtualMachineStatus withState(VirtualMachineStatus status, @Nullable VirtualMachineState state) {
        return new VirtualMachineStatus(
                state,
                status.observedGeneration(),
                status.nodeName(),
                status.podName(),
                status.accelerator(),
                status.identity(),
                status.addresses(),
                status.guest(),
                status.resetAt(),
                status.conditions(),
                status.disks(),
                status.memory(),
                status.automaticStart(),
                status.networkAdapters(),
                null,
                status.origin());
    }

    private static Map<String, ?> fields(VirtualMachine machine, String manager) {
        List<ManagedFieldsEntry> entries = machine.getMetadata().getManagedFields();
        if (entries == null) {
            return Map.of();
        }
        for (ManagedFieldsEntry entry : entries) {
            if (manager.equals(entry.getManager())
                    && STATUS.equals(entry.getSubresource())
                    && entry.getFieldsV1() != null
                    && entry.getFieldsV1().getAdditionalProperties().get(STATUS_FIELD) instanceof Map<?, ?> status) {
                return strings(status);
            }
        }
        return Map.of();
    }

    private static Map<String, ?> strings(Map<?, ?> fields) {
        return fields.entrySet().stream()
                .collect(Collectors.toMap(entry -> String.valueOf(entry.getKey()), entry -> true));
    }
}
