package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.Optional;

/** The transitions: for each goal and each phase the one next step, and the state to be told meanwhile. Pure. */
public final class PowerTable {
    private PowerTable() {}

    /** The next step from a phase towards a goal. */
    public static Action next(Goal goal, Phase phase) {
        return switch (phase) {
            case NOT_STARTED -> each(goal, Action.CONTINUE, Action.NONE, Action.NONE, Action.TURN_OFF);
            case RUNNING -> each(goal, Action.NONE, Action.PAUSE, Action.SAVE_MEMORY, Action.SHUT_DOWN);
            // A guest that stands still can't shut down: it goes on first.
            case PAUSED -> each(goal, Action.CONTINUE, Action.NONE, Action.SAVE_MEMORY, Action.CONTINUE);
            case DISK_ERROR -> each(goal, Action.CONTINUE, Action.NONE, Action.SAVE_MEMORY, Action.CONTINUE);
            // Nothing was taken from the file yet, so turning off loses nothing.
            case AWAITING_MEMORY ->
                each(goal, Action.LOAD_MEMORY, Action.LOAD_MEMORY, Action.LOAD_MEMORY, Action.TURN_OFF);
            case LOADING -> each(goal, Action.NONE, Action.NONE, Action.NONE, Action.TURN_OFF);
            case SAVING -> each(goal, Action.CANCEL_SAVE, Action.CANCEL_SAVE, Action.NONE, Action.CANCEL_SAVE);
            case MEMORY_SENT -> each(goal, Action.CONTINUE, Action.NONE, Action.CONTINUE, Action.CONTINUE);
            // There is one way from here: running on would leave a file that tells of a past that went on.
            case SAVED -> Action.FINISH_SAVE;
            case FAILED -> each(goal, Action.NONE, Action.NONE, Action.NONE, Action.TURN_OFF);
            case ENDED, BUSY -> Action.NONE;
        };
    }

    private static Action each(Goal goal, Action run, Action pause, Action save, Action stop) {
        return switch (goal) {
            case RUN -> run;
            case PAUSE -> pause;
            case SAVE -> save;
            case STOP -> stop;
            case LEAVE -> Action.NONE;
        };
    }

    /** The state that a VM is in; empty where the last one told still says it best. */
    public static Optional<VirtualMachineState> state(Goal goal, Phase phase) {
        if (phase == Phase.BUSY) {
            return Optional.empty();
        }
        if (phase == Phase.SAVED) {
            return Optional.of(VirtualMachineState.SAVED);
        }
        if (goal == Goal.STOP || phase == Phase.ENDED) {
            return Optional.of(VirtualMachineState.STOPPING);
        }
        return Optional.of(
                switch (phase) {
                    case NOT_STARTED -> goal == Goal.PAUSE ? VirtualMachineState.PAUSED : VirtualMachineState.STARTING;
                    case RUNNING -> goal == Goal.PAUSE ? VirtualMachineState.PAUSING : VirtualMachineState.RUNNING;
                    case PAUSED, MEMORY_SENT ->
                        goal == Goal.RUN ? VirtualMachineState.RESUMING : VirtualMachineState.PAUSED;
                    case DISK_ERROR, FAILED -> VirtualMachineState.CRITICAL;
                    case AWAITING_MEMORY, LOADING -> VirtualMachineState.RESUMING;
                    case SAVING -> VirtualMachineState.SAVING;
                    case SAVED, ENDED, BUSY -> throw new IllegalStateException("answered above: " + phase);
                });
    }
}
