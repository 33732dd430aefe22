package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.PowerState;

/** What is to be reached with a QEMU that is there. */
public enum Goal {
    RUN,
    PAUSE,
    SAVE,
    /** The guest is shut down in order and QEMU ends. */
    STOP,
    /** Nothing may change: what is asked needs somebody else's step first. */
    LEAVE;

    /**
     * The goal for a power state.
     *
     * @param deleting whether the VM's pod is being deleted: whoever wants that wants the guest shut down first, be it
     *     for {@code Off}, a restart, a drained node or the VM's own deletion
     * @param savePossible whether there is a volume to save to and the time to do it. A save that is wanted goes before
     *     a shutdown: it keeps more
     */
    public static Goal of(PowerState wanted, boolean deleting, boolean savePossible) {
        if (deleting && !(wanted == PowerState.SAVED && savePossible)) {
            return STOP;
        }
        return switch (wanted) {
            case RUNNING -> RUN;
            case PAUSED -> PAUSE;
            case SAVED -> savePossible ? SAVE : LEAVE;
            // The operator deletes the pod in its own time.
            case OFF -> LEAVE;
        };
    }
}
