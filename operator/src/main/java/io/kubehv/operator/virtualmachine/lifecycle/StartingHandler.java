package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Action;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.SpecSnapshot;

/** A pod, and no word yet that the guest runs. */
public final class StartingHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        PodFacts pod = observed.podFacts().orElseThrow();
        if (intent == Intent.STOP) {
            return Plan.of(
                    VirtualMachineState.STOPPING,
                    Verdict.no(Reason.STOPPING, "it is turned off before its guest ran"),
                    new Action.DeletePod(pod.pod()));
        }
        // A saved memory only goes on in the machine that it was taken from, whatever the spec says since.
        boolean outdated = !observed.resumes(pod)
                && !SpecSnapshot.changes(observed.machine(), pod).isEmpty();
        if (outdated && !pod.running()) {
            // Nothing of it runs yet: a start with the old spec could be the very thing that can't succeed.
            return Plan.of(
                    VirtualMachineState.STARTING,
                    Verdict.no(Reason.STARTING, "its spec changed before it ran; it starts anew"),
                    new Action.DeletePod(pod.pod()));
        }
        Verdict ready = pod.problem()
                .map(problem -> Verdict.no(problem.reason(), problem.message()))
                .orElseGet(() -> unchanged(observed));
        return Plan.of(VirtualMachineState.STARTING, ready);
    }

    /** Keeps the words of the start that is under way: a step of it is not worth a write. */
    private static Verdict unchanged(Observed observed) {
        boolean resumes = observed.readyReason().equals(Reason.RESUMING.text());
        return resumes
                ? Verdict.no(Reason.RESUMING, "it resumes from its saved memory")
                : Verdict.no(Reason.STARTING, "its pod is being started");
    }
}
