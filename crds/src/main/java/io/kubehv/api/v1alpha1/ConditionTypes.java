package io.kubehv.api.v1alpha1;

/** Types of conditions. Append only: users and tools match on them. */
public final class ConditionTypes {
    /** The object is what its spec asks for. */
    public static final String READY = "Ready";

    /** It will not become what its spec asks for unless somebody changes something; absent while it may. */
    public static final String STALLED = "Stalled";

    /** All disks of a VM exist and are filled. */
    public static final String DISKS_READY = "DisksReady";

    /** A running VM with room for more memory has what its spec says; absent without that room. */
    public static final String MEMORY_READY = "MemoryReady";

    /** Every adapter of a VM that is on a virtual switch can be; absent where none is. */
    public static final String NETWORK_READY = "NetworkReady";

    /** The spec has settings that hold from the next start only. */
    public static final String RESTART_REQUIRED = "RestartRequired";

    /** The guest's agent answers. */
    public static final String GUEST_AGENT_CONNECTED = "GuestAgentConnected";

    /** The firmware found nothing to boot; absent otherwise. */
    public static final String BOOT_FAILED = "BootFailed";

    /** The VM stands still, or was turned off, because a disk is full or failed; absent otherwise. */
    public static final String CRITICAL_ERROR = "CriticalError";

    /** A disk gets less than its minimum though the guest asks for more; absent otherwise. */
    public static final String INSUFFICIENT_THROUGHPUT = "InsufficientThroughput";

    private ConditionTypes() {}
}
