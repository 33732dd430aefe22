package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Verdict;

/** The checkpoints that a VM's own spec asks for. Told of each step in a VM's life, once, after it is stored. */
@FunctionalInterface
public interface AutomaticCheckpoints {
    /**
     * A VM has come to another reason for its condition Ready.
     *
     * @param before the reason that it had
     */
    void moved(VirtualMachine machine, String before, Verdict ready);
}
