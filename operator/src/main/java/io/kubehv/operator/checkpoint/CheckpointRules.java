package io.kubehv.operator.checkpoint;

import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.virtualmachine.SpecSnapshot;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What checkpoints are taken of, and what is refused before anything stops. Pure. */
final class CheckpointRules {
    /** As in Hyper-V. */
    static final int MOST = 50;

    private CheckpointRules() {}

    static CheckpointType wanted(ObservedCheckpoint observed, VirtualMachine machine) {
        CheckpointType own = observed.checkpoint().getSpec().type();
        CheckpointType machines = machine.getSpec().checkpointType();
        if (machines == CheckpointType.DISABLED) {
            return CheckpointType.DISABLED;
        }
        if (own != null) {
            return own;
        }
        return machines == null ? CheckpointType.PRODUCTION : machines;
    }

    /** Why a guest that runs can't make its disks consistent; empty: it may be able to. */
    static Optional<String> noFreeze(VirtualMachine machine) {
        VirtualMachineStatus status = machine.getStatus();
        if (status != null && status.state() == VirtualMachineState.PAUSED) {
            return Optional.of("the VM is paused, so that its guest can't make its disks consistent");
        }
        boolean agent =
                new Conditions(status == null ? null : status.conditions()).holds(ConditionTypes.GUEST_AGENT_CONNECTED);
        return agent
                ? Optional.empty()
                : Optional.of("no guest agent answers in the VM, so that nobody can make its disks consistent");
    }

    /** Why the memory of a guest that runs can't be kept; empty: it can. */
    static Optional<String> noMemory(VirtualMachine machine, PodFacts pod) {
        VirtualMachineStatus status = machine.getStatus();
        if (LauncherPod.mayRunGuestsOfItsOwn(pod.pod())) {
            return Optional.of(
                    "the VM exposes virtualization extensions, and a memory does not keep what its guest's own"
                            + " guests are at; turn it off first, or take a Production checkpoint");
        }
        if (SpecSnapshot.hasMoreProcessors(machine, pod)) {
            return Optional.of("processors were added to the VM since it was started, and its memory would not fit the"
                    + " machine that it goes on in; restart it first");
        }
        boolean plugged = status != null && (isFilled(status.disks()) || isFilled(status.networkAdapters()));
        return plugged
                ? Optional.of("disks, media or network adapters came to the VM or left it since it was started, and its"
                        + " memory would not fit the machine that it goes on in; restart it once, or take a Production"
                        + " checkpoint")
                : Optional.empty();
    }

    private static boolean isFilled(@Nullable List<?> list) {
        return list != null && !list.isEmpty();
    }
}
