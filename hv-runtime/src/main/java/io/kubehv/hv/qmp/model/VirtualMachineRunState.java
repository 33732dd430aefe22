package io.kubehv.hv.qmp.model;

import java.util.Locale;

/** QEMU's {@code RunState} (qapi/run-state.json). */
public enum VirtualMachineRunState {
    /** Stopped by a debugger. */
    DEBUG,
    /** A stream of another QEMU is being loaded. */
    INMIGRATE,
    /** An error inside QEMU stopped the guest. */
    INTERNAL_ERROR,
    /** A disk error stopped the guest. */
    IO_ERROR,
    /** Stopped by command. */
    PAUSED,
    /** Its state was given away by a migration. */
    POSTMIGRATE,
    /** Made, never started. */
    PRELAUNCH,
    /** Migration is about to end. */
    FINISH_MIGRATE,
    /** A snapshot is being loaded. */
    RESTORE_VM,
    /** The guest runs. */
    RUNNING,
    /** A snapshot is being saved. */
    SAVE_VM,
    /** The guest is off and QEMU still there. */
    SHUTDOWN,
    /** The guest sleeps (S3). */
    SUSPENDED,
    /** The watchdog stopped the guest. */
    WATCHDOG,
    /** The guest's kernel panicked. */
    GUEST_PANICKED,
    /** Stopped for replication. */
    COLO,
    /** A value that this version doesn't know. */
    UNKNOWN;

    /** The value of QEMU's text. */
    public static VirtualMachineRunState of(String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        for (VirtualMachineRunState state : values()) {
            if (state.name().equals(name)) {
                return state;
            }
        }
        return UNKNOWN;
    }
}
