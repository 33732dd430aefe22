package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The part of a VM's status that the daemon owns while it holds the VM's QEMU.
 *
 * @param agent what became of the guest's agent; null while nothing is known of it
 * @param troubles what is wrong with the VM, by type
 * @param disks those that came to it while it ran, by name
 * @param memory what its guest has; null while nothing is known of it
 * @param adapters those that came to it or are to leave while it ran, by name
 */
public record MachineReport(
        @Nullable VirtualMachineState state,
        @Nullable Accelerator accelerator,
        @Nullable Guest guest,
        @Nullable String resetAt,
        @Nullable AgentReport agent,
        List<Trouble> troubles,
        List<AttachedDisk> disks,
        @Nullable AssignedMemory memory,
        List<AttachedAdapter> adapters) {

    /** Copies the lists. */
    public MachineReport {
        troubles = List.copyOf(troubles);
        disks = List.copyOf(disks);
        adapters = List.copyOf(adapters);
    }

    /** No adapter came to it while it ran. */
    public MachineReport(
            @Nullable VirtualMachineState state,
            @Nullable Accelerator accelerator,
            @Nullable Guest guest,
            @Nullable String resetAt,
            @Nullable AgentReport agent,
            List<Trouble> troubles,
            List<AttachedDisk> disks,
            @Nullable AssignedMemory memory) {
        this(state, accelerator, guest, resetAt, agent, troubles, disks, memory, List.of());
    }

    /** No disk came to it while it ran. */
    public MachineReport(
            @Nullable VirtualMachineState state,
            @Nullable Accelerator accelerator,
            @Nullable Guest guest,
            @Nullable String resetAt,
            @Nullable AgentReport agent,
            List<Trouble> troubles) {
        this(state, accelerator, guest, resetAt, agent, troubles, List.of(), null);
    }

    /** Nothing is wrong. */
    public MachineReport(
            @Nullable VirtualMachineState state,
            @Nullable Accelerator accelerator,
            @Nullable Guest guest,
            @Nullable String resetAt,
            @Nullable AgentReport agent) {
        this(state, accelerator, guest, resetAt, agent, List.of());
    }

    /** Whether the guest's agent answers. The names are the condition's reasons. */
    public enum AgentReport {
        CONNECTED("Connected", true, "The guest agent answers."),
        NOT_CONNECTED("NotConnected", false, "No guest agent has opened its port."),
        NOT_ANSWERING("NotAnswering", false, "The guest agent has its port open and does not answer.");

        private final String reason;
        private final boolean connected;
        private final String message;

        AgentReport(String reason, boolean connected, String message) {
            this.reason = reason;
            this.connected = connected;
            this.message = message;
        }

        private static @Nullable AgentReport ofReason(String reason) {
            return Stream.of(values())
                    .filter(report -> report.reason.equals(reason))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** The same, with these disks. */
    public MachineReport withDisks(List<AttachedDisk> present) {
        return new MachineReport(state, accelerator, guest, resetAt, agent, troubles, present, memory, adapters);
    }

    /** The same, with this memory. */
    public MachineReport withMemory(@Nullable AssignedMemory present) {
        return new MachineReport(state, accelerator, guest, resetAt, agent, troubles, disks, present, adapters);
    }

    /** The same, with these network adapters. */
    public MachineReport withAdapters(List<AttachedAdapter> present) {
        return new MachineReport(state, accelerator, guest, resetAt, agent, troubles, disks, memory, present);
    }

    /** What the status of a VM says now, of the fields that are the daemon's. */
    public static MachineReport of(@Nullable VirtualMachineStatus status) {
        if (status == null) {
            return new MachineReport(null, null, null, null, null);
        }
        AgentReport agent = agentCondition(status)
                .map(condition -> AgentReport.ofReason(condition.getReason()))
                .orElse(null);
        List<Trouble> troubles = conditions(status)
                .filter(condition -> Trouble.TYPES.contains(condition.getType()))
                .sorted(Comparator.comparing(Condition::getType))
                .map(Trouble::of)
                .toList();
        return new MachineReport(
                status.state(),
                status.accelerator(),
                status.guest(),
                status.resetAt(),
                agent,
                troubles,
                disks(status),
                status.memory(),
                adapters(status));
    }

    private static List<AttachedAdapter> adapters(VirtualMachineStatus status) {
        List<AttachedAdapter> adapters = status.networkAdapters() == null ? List.of() : status.networkAdapters();
        return adapters.stream()
                .sorted(Comparator.comparing(AttachedAdapter::name))
                .toList();
    }

    private static List<AttachedDisk> disks(VirtualMachineStatus status) {
        List<AttachedDisk> disks = status.disks() == null ? List.of() : status.disks();
        return disks.stream().sorted(Comparator.comparing(AttachedDisk::name)).toList();
    }

    /** Whether the status says all of this already, and of the VM's present generation. */
    boolean isSaidBy(VirtualMachine machine) {
        boolean ofThisGeneration = Optional.ofNullable(machine.getStatus())
                .flatMap(MachineReport::agentCondition)
                .map(Condition::getObservedGeneration)
                .equals(Optional.ofNullable(machine.getMetadata().getGeneration()));
        return equals(of(machine.getStatus())) && (agent == null || ofThisGeneration);
    }

    /**
     * The status to apply.
     *
     * @param machine the VM now: a condition's time stays while its value does
     * @param now the time, as conditions have it
     */
    VirtualMachineStatus toApply(VirtualMachine machine, String now) {
        List<Condition> conditions = new ArrayList<>();
        if (agent != null) {
            conditions.add(condition(
                    ConditionTypes.GUEST_AGENT_CONNECTED, agent.connected, agent.reason, agent.message, machine, now));
        }
        troubles.forEach(trouble ->
                conditions.add(condition(trouble.type(), true, trouble.reason(), trouble.message(), machine, now)));
        return new VirtualMachineStatus(
                state,
                null,
                null,
                null,
                accelerator,
                null,
                null,
                guest,
                resetAt,
                conditions,
                disks.isEmpty() ? null : disks,
                memory,
                null,
                adapters.isEmpty() ? null : adapters,
                null);
    }

    private static Condition condition(
            String type, boolean isTrue, String reason, String message, VirtualMachine machine, String now) {
        String value = isTrue ? "True" : "False";
        String since = Optional.ofNullable(machine.getStatus()).stream()
                .flatMap(MachineReport::conditions)
                .filter(condition -> type.equals(condition.getType()) && value.equals(condition.getStatus()))
                .map(Condition::getLastTransitionTime)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(now);
        Condition condition = new Condition();
        condition.setType(type);
        condition.setStatus(value);
        condition.setReason(reason);
        condition.setMessage(message);
        condition.setLastTransitionTime(since);
        condition.setObservedGeneration(machine.getMetadata().getGeneration());
        return condition;
    }

    private static Stream<Condition> conditions(VirtualMachineStatus status) {
        List<Condition> conditions = status.conditions();
        return conditions == null ? Stream.empty() : conditions.stream();
    }

    private static Optional<Condition> agentCondition(VirtualMachineStatus status) {
        return conditions(status)
                .filter(condition -> ConditionTypes.GUEST_AGENT_CONNECTED.equals(condition.getType()))
                .findFirst();
    }
}
