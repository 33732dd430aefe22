package io.kubehv.vmbus.machine;

/** What a QEMU does at the moment: its run states, in the groups between which a power state makes a difference. */
public enum Phase {
    /** It was started and has not run an instruction of the guest's. */
    NOT_STARTED,
    /** The guest runs. */
    RUNNING,
    /** The guest stands still and can go on. */
    PAUSED,
    /** The guest stands still because a disk failed or is full. */
    DISK_ERROR,
    /** It waits to be told where the guest's memory is to be read from. */
    AWAITING_MEMORY,
    /** It reads the guest's memory. */
    LOADING,
    /** It writes the guest's memory. */
    SAVING,
    /** It has written the guest's memory, but it did not all come to rest in a file. */
    MEMORY_SENT,
    /** The guest's memory is in its file, whole. */
    SAVED,
    /** The guest or the emulation broke; nothing runs. */
    FAILED,
    /** It is about to exit. */
    ENDED,
    /** It is between two states, or in one that is unknown here; it is asked again soon. */
    BUSY;

    /** The phase that a run state of {@code query-status} stands for, as far as the run state tells. */
    public static Phase ofRunState(String runState) {
        return switch (runState) {
            case "prelaunch" -> NOT_STARTED;
            // A guest in standby is for its user's keyboard, not for a power state, to wake.
            case "running", "suspended" -> RUNNING;
            case "paused" -> PAUSED;
            case "io-error" -> DISK_ERROR;
            case "inmigrate" -> AWAITING_MEMORY;
            case "postmigrate" -> MEMORY_SENT;
            case "internal-error", "guest-panicked", "watchdog" -> FAILED;
            case "shutdown" -> ENDED;
            default -> BUSY;
        };
    }
}
