package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** Where a VM is in its life, seen from outside: its pod, its saved state, and what its daemon says. */
public enum Lifecycle {
    /** No pod, nothing saved. */
    OFF,

    /** No pod; its memory is on a volume. */
    SAVED,

    /** No pod: a checkpoint without memory was applied, and it was not started since. */
    REVERTED,

    /** A pod, and no word yet that the guest runs. */
    STARTING,

    /** A daemon holds its QEMU: the state in status is the daemon's. */
    UP,

    /** Its memory is saved; the pods are still there. */
    SAVE_DONE,

    /** Its pod is being deleted. */
    STOPPING,

    /** The guest turned itself off. */
    SHUT_DOWN,

    /** QEMU ended otherwise, or the pod was taken away. */
    CRASHED,

    /** The launcher refused the definition. */
    UNFIT;

    /** EX_CONFIG: the launcher's word that the definition can't be run. */
    private static final int UNFIT_EXIT = 78;

    private static final Set<VirtualMachineState> BEFORE_RUNNING =
            EnumSet.of(VirtualMachineState.STARTING, VirtualMachineState.OFF);

    public static Lifecycle of(Observed observed) {
        return observed.podFacts().map(pod -> withPod(observed, pod)).orElseGet(() -> withoutPod(observed));
    }

    private static Lifecycle withPod(Observed observed, PodFacts pod) {
        if (observed.savedJustNow() && SavedState.isOf(Objects.requireNonNull(observed.savedState()), pod)) {
            return SAVE_DONE;
        }
        if (pod.deleting()) {
            return STOPPING;
        }
        if (pod.finished()) {
            return ended(observed, pod);
        }
        return observed.state().filter(state -> !BEFORE_RUNNING.contains(state)).isPresent() ? UP : STARTING;
    }

    private static Lifecycle ended(Observed observed, PodFacts pod) {
        if (pod.disrupted()) {
            return CRASHED;
        }
        boolean unfit = pod.ended(LauncherPod.CONTAINER)
                .filter(end -> Integer.valueOf(UNFIT_EXIT).equals(end.getExitCode()))
                .isPresent();
        if (unfit) {
            return UNFIT;
        }
        return observed.wasShutDown(pod) ? SHUT_DOWN : CRASHED;
    }

    private static Lifecycle withoutPod(Observed observed) {
        if (observed.resumable()) {
            return SAVED;
        }
        // The pod was the record of how it ended; once it is cleared away, the condition is.
        String reason = observed.readyReason();
        if (reason.equals(Reason.CHECKPOINT_APPLYING.text()) || reason.equals(Reason.CHECKPOINT_APPLIED.text())) {
            return REVERTED;
        }
        return observed.saidToBeShutDown() ? SHUT_DOWN : OFF;
    }
}
