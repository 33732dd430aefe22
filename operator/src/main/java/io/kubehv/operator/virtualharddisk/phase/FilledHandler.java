package io.kubehv.operator.virtualharddisk.phase;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** It holds what it should. */
public final class FilledHandler implements PhaseHandler {
    @Override
    public DiskPlan plan(ObservedDisk observed) {
        List<DiskAction> actions = new ArrayList<>(Growth.of(observed));
        PersistentVolumeClaim claim = Objects.requireNonNull(observed.claim());
        if (!DiskClaim.isFilled(claim)) {
            actions.add(new DiskAction.MarkFilled(claim));
        }
        Pod pod = observed.importPod();
        if (pod != null && pod.getMetadata().getDeletionTimestamp() == null) {
            actions.add(new DiskAction.DeletePod(pod));
        }
        boolean other = DiskClaim.isFilledFromOther(claim, ImportPod.source(observed.disk()));
        Verdict ready = other
                ? Verdict.yes(
                        Reason.SOURCE_IGNORED,
                        "it can be attached; its source was changed after it was filled, which is ignored: for the new"
                                + " source make a new disk")
                : Verdict.yes(Reason.READY, "it can be attached");
        return DiskPlan.of(VirtualHardDiskPhase.READY, ready).and(actions);
    }
}
