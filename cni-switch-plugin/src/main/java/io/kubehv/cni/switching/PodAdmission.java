package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;

/** Whether the pods of a namespace may be put on a switch by whoever makes pods there. VMs are the operator's affair. */
@FunctionalInterface
public interface PodAdmission {
    /** Returns where they may. */
    void admit(String switchName, String namespace) throws SwitchException;
}
