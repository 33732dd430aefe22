package io.kubehv.vmbus.event;

/** What is told of a VM by an event. The names of the constants are the events' reasons, in CamelCase; append only. */
public enum MachineEvent {
    GUEST_PANICKED(true, "GuestPanicked", "The guest's kernel panicked."),
    GUEST_SHUT_DOWN(false, "GuestShutDown", "The guest shut itself down."),
    GUEST_RESET(false, "GuestReset", "The guest was reset."),
    QEMU_EXITED(true, "QemuExited", "The hypervisor ended without having been asked to."),
    SHUTDOWN_REQUESTED(false, "ShutdownRequested", "The guest was asked to shut down."),
    SHUTDOWN_TIMED_OUT(true, "ShutdownTimedOut", "The guest did not shut down in its grace period and was turned off."),
    TURNED_OFF(false, "TurnedOff", "It was turned off, as automaticStopAction is TurnOff."),
    SAVE_NOT_POSSIBLE(
            true,
            "SaveNotPossible",
            "Its guest is shut down though automaticStopAction is Save: its memory can't be saved."),
    CRITICAL_ERROR_TIMED_OUT(
            true,
            "CriticalErrorTimedOut",
            "A disk was full or failed for longer than criticalErrorAction allows; the guest was turned off."),
    SAVED(false, "Saved", "The guest's memory was saved to its volume."),
    SAVE_FAILED(true, "SaveFailed", "The guest's memory could not be saved; it goes on as before."),
    RESUMED(false, "Resumed", "The guest goes on from its saved memory."),
    RESUME_FAILED(true, "ResumeFailed", "The guest's saved memory could not be loaded."),
    DISK_FAILED(
            true, "DiskFailed", "The guest stands still as a disk is full or failed; it goes on when there is room.");

    private final boolean warning;
    private final String reason;
    private final String note;

    MachineEvent(boolean warning, String reason, String note) {
        this.warning = warning;
        this.reason = reason;
        this.note = note;
    }

    public String type() {
        return warning ? "Warning" : "Normal";
    }

    public String reason() {
        return reason;
    }

    public String note() {
        return note;
    }
}
