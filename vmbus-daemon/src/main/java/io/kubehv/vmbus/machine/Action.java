package io.kubehv.vmbus.machine;

/** One step towards a goal. */
public enum Action {
    NONE,
    CONTINUE,
    PAUSE,
    LOAD_MEMORY,
    SAVE_MEMORY,
    CANCEL_SAVE,
    /** Tell the operator that the memory is saved, then end QEMU: never the other way round. */
    FINISH_SAVE,
    /** Ask the guest to shut down. */
    SHUT_DOWN,
    /** End QEMU without asking the guest. */
    TURN_OFF
}
