package io.kubehv.vmbus.status;

import io.kubehv.api.v1alpha1.VirtualMachine;

/** Where statuses are written to. */
@FunctionalInterface
public interface StatusApi {
    /** What became of a write. */
    sealed interface Outcome {}

    /** It was written; the VM is as given now. */
    record Written(VirtualMachine machine) implements Outcome {}

    /** The server can't be reached, is busy or refuses for now: the same write may succeed later. */
    record Later(String why) implements Outcome {}

    /** The VM is gone, or is another one of the same name: there is nothing to write to. */
    record Gone() implements Outcome {}

    /** Applies the status in the given object, which has nothing else but its name, namespace and UID. */
    Outcome apply(VirtualMachine statusOnly);
}
