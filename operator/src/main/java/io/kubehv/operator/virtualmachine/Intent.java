package io.kubehv.operator.virtualmachine;

/** What is done about a VM next. */
public enum Intent {
    /** It is as it should be, or nothing can be done: say so. */
    REST,

    /** Something is under way: wait for the next event. */
    AWAIT,

    /** Make its pod. */
    START,

    /** Make its pod, with the saved memory. */
    RESUME,

    /** Delete its pod: the daemon shuts the guest down in order. */
    STOP,

    /** Give the daemon a volume to save the memory to. */
    SAVE,

    /** The memory is saved: remove the pods. */
    PUT_AWAY,

    /** Delete the saved memory: turned off is turned off. */
    DISCARD,

    /** Remove what is left of the pod that ended. */
    CLEAR,

    /** The guest turned itself off: as the spec says, stay off or start again. */
    FOLLOW_GUEST,

    /** It ended and should run: start again, after a while if it ends often. */
    RECOVER
}
