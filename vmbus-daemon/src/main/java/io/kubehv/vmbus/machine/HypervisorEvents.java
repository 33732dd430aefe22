package io.kubehv.vmbus.machine;

/** What a QEMU tells by itself. Called on its connection's thread, in order. */
public interface HypervisorEvents {
    /** Something happened. */
    void happened(Happening happening);

    /** Some of what happened was not told, as it came too fast: ask for the state. */
    void missed();

    /** The connection ended; nothing follows. */
    void lost();

    /**
     * One thing that happened.
     *
     * @param name QEMU's name for the kind of event
     * @param byGuest whether the guest did it
     * @param reason QEMU's word for why; may be empty
     * @param action what QEMU did about it, such as {@code stop}; may be empty
     * @param time QEMU's own time stamp, which with the name tells two events apart
     */
    record Happening(String name, boolean byGuest, String reason, String action, String time) {}
}
