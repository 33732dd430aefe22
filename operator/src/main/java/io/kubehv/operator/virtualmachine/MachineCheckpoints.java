package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.util.Optional;

/** The checkpoints of VMs, which show which of them their VM is at. */
public interface MachineCheckpoints {
    /** A VM is looked at: those that show it elsewhere than it is look again. */
    void seen(VirtualMachine machine);

    /** A checkpoint that VMs may be made from. */
    Optional<Checkpoint> checkpoint(String namespace, String name);
}
