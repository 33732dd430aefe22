package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;

/**
 * Its pod is being deleted, by us or by someone else (a drain, an eviction). Whatever should follow waits until the pod
 * is gone: a pod that is still there may still write to the disks.
 */
public final class StoppingHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        // A daemon that has let go of the VM, or never had it, leaves the state to us.
        VirtualMachineState said = observed.state().orElse(VirtualMachineState.STARTING);
        VirtualMachineState ours = said == VirtualMachineState.STARTING ? VirtualMachineState.STOPPING : null;
        String message = observed.wanted() == PowerState.OFF
                ? "its guest is being shut down, as powerState asks"
                : "its pod is being deleted; it goes on when the pod is gone";
        Plan plan = Plan.of(
                ours,
                observed.podFacts().filter(PodFacts::nodeLost).isPresent()
                        ? Verdict.no(
                                Reason.NODE_LOST,
                                PodFacts.NODE_LOST + ", and its pod goes when the node is back or deleted")
                        : Verdict.no(Reason.STOPPING, message));
        // The daemon finishes a save before it lets the guest go, and writes to this pod's volume.
        boolean saves = observed.wanted() == PowerState.SAVED && said == VirtualMachineState.SAVING;
        return saves ? plan : plan.and(Leftovers.savePod(observed));
    }
}
