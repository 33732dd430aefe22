package io.kubehv.operator.virtualharddisk.phase;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;

/** A claim, and nothing that fills it: a blank one needs nothing, another an import. */
public final class EmptyHandler implements PhaseHandler {
    @Override
    public DiskPlan plan(ObservedDisk observed) {
        if (observed.disk().getSpec().blank() != null) {
            return DiskPlan.of(
                            VirtualHardDiskPhase.READY,
                            Verdict.yes(Reason.READY, "an empty disk, made when a VM first has it"))
                    .and(Growth.of(observed));
        }
        int attempt = 1
                + (observed.disk().getStatus() == null
                                || observed.disk().getStatus().failedAttempts() == null
                        ? 0
                        : observed.disk().getStatus().failedAttempts());
        if (observed.disk().getSpec().parent() != null) {
            return Clones.check(observed).orElseGet(() -> Imports.start(observed, attempt));
        }
        return Imports.start(observed, attempt);
    }
}
