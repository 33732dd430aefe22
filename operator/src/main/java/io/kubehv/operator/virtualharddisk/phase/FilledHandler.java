package io.kubehv.operator.virtualharddisk.phase;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import java.util.ArrayList;
import java.util.List;

/** It holds what it should. */
public final class FilledHandler implements PhaseHandler {
    @Override
    public DiskPlan plan(ObservedDisk observed) {
        List<DiskAction> actions = new ArrayList<>(Growth.of(observed));
        Pod pod = observed.importPod();
        if (pod != null && pod.getMetadata().getDeletionTimestamp() == null) {
            actions.add(new DiskAction.DeletePod(pod));
        }
        return DiskPlan.of(VirtualHardDiskPhase.READY, Verdict.yes(Reason.READY, "it can be attached"))
                .and(actions);
    }
}
