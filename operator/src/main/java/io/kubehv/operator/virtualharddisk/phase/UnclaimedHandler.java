package io.kubehv.operator.virtualharddisk.phase;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import java.util.List;

/** No claim of its own: it is made, unless something stands in the way. */
public final class UnclaimedHandler implements PhaseHandler {
    @Override
    public DiskPlan plan(ObservedDisk observed) {
        String name = observed.disk().getMetadata().getName();
        if (!observed.mine()) {
            return pending(
                    Verdict.no(
                            Reason.DISK_NAME_TAKEN,
                            "there is a PersistentVolumeClaim \"" + name
                                    + "\" that is not this disk's; a VM can use it by persistentVolumeClaim, or give the disk another name"));
        }
        if (observed.storage().missing()) {
            return pending(Verdict.no(
                    Reason.STORAGE_CLASS_NOT_FOUND,
                    "there is no StorageClass \"" + observed.storage().storageClass()
                            + "\"; name one that exists: it can't be changed, so make the disk anew"));
        }
        if (observed.storage().storageClass() == null) {
            return pending(Verdict.no(
                    Reason.STORAGE_CLASS_NOT_FOUND,
                    "storageClassName is left out and the cluster has no default StorageClass; make one the default"));
        }
        if (observed.disk().getSpec().parent() != null) {
            return Clones.check(observed).orElseGet(() -> claimed(observed, true));
        }
        return claimed(observed, false);
    }

    private static DiskPlan claimed(ObservedDisk observed, boolean clone) {
        DiskAction create = new DiskAction.CreateClaim(clone && observed.clonedByDriver());
        if (observed.disk().getSpec().blank() != null) {
            return DiskPlan.of(
                    VirtualHardDiskPhase.READY,
                    Verdict.yes(Reason.READY, "an empty disk, made when a VM first has it"),
                    create);
        }
        DiskPlan plan = Imports.start(observed, 1);
        return new DiskPlan(plan.phase(), plan.ready(), 0, List.of(create), plan.again()).and(plan.actions());
    }

    private static DiskPlan pending(Verdict ready) {
        return DiskPlan.of(VirtualHardDiskPhase.PENDING, ready);
    }
}
