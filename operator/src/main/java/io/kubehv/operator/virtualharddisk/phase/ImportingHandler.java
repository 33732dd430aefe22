package io.kubehv.operator.virtualharddisk.phase;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import java.time.Duration;
import java.util.List;

/** A pod fills it. Nothing but its log tells how far it is. */
public final class ImportingHandler implements PhaseHandler {
    private static final Duration PROGRESS = Duration.ofSeconds(3);

    /** The VM that names the disk is another controller's: nothing tells when its rules change. */
    private static final Duration PLACEMENT = Duration.ofSeconds(10);

    @Override
    public DiskPlan plan(ObservedDisk observed) {
        PodFacts pod = observed.podFacts().orElseThrow();
        int failures = ImportPod.attempt(pod) - 1;
        boolean clone = observed.disk().getSpec().parent() != null;
        Verdict ready = pod.problem()
                .map(problem -> Verdict.no(problem.reason(), problem.message()))
                .orElseGet(() -> clone
                        ? Verdict.no(Reason.CLONING, "it is being cloned from its parent")
                        : Verdict.no(Reason.IMPORTING, "its source is being read"));
        DiskPlan plan = DiskPlan.of(VirtualHardDiskPhase.IMPORTING, ready).after(failures);
        if (pod.deleting()) {
            return plan;
        }
        if (!ImportPod.current(observed, pod)) {
            return plan.and(List.of(new DiskAction.DeletePod(pod.pod()))).after(0);
        }
        if (!ImportPod.placed(observed, pod)) {
            return plan.and(List.of(new DiskAction.DeletePod(pod.pod())));
        }
        if (pod.nodeName().isEmpty()) {
            return plan.lookAgain(PLACEMENT);
        }
        return pod.running() && !clone ? plan.lookAgain(PROGRESS) : plan;
    }
}
