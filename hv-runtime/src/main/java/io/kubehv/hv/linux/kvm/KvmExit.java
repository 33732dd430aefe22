package io.kubehv.hv.linux.kvm;

/** Why a virtual processor stopped. */
public sealed interface KvmExit {
    /** The guest wrote to a port; {@code value} is the first element, without sign. */
    record PortWrite(int port, int bytes, long value) implements KvmExit {}

    /** The guest waits for an interrupt. */
    record Halt() implements KvmExit {}

    /** A triple fault: the guest could not even take an exception. */
    record Shutdown() implements KvmExit {}

    /** KVM itself gave up; {@code instruction} when it was asked to interpret one that it does not know. */
    record GaveUp(int suberror, boolean instruction) implements KvmExit {}

    /** The processor refused the guest's state. */
    record EntryFailed(long hardwareReason) implements KvmExit {}

    /** Any other reason of {@code linux/kvm.h}. */
    record Other(int reason) implements KvmExit {}
}
