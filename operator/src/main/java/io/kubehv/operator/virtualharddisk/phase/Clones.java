package io.kubehv.operator.virtualharddisk.phase;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** What a clone needs of its parent. */
final class Clones {
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private Clones() {}

    /** What stands in the way of cloning now; empty: nothing. */
    static Optional<DiskPlan> check(ObservedDisk observed) {
        ObservedDisk.Parent parent = Objects.requireNonNull(observed.parent());
        VirtualHardDisk disk = parent.disk();
        if (disk == null) {
            return wait(Verdict.no(
                    Reason.PARENT_NOT_FOUND,
                    "there is no VirtualHardDisk \"" + parent.name() + "\" in the namespace \""
                            + observed.disk().getMetadata().getNamespace() + "\"; create it, or name another parent"));
        }
        if (!parent.ready()) {
            return wait(Verdict.no(
                    Reason.PARENT_NOT_READY, "it is cloned when its parent \"" + parent.name() + "\" is ready"));
        }
        if (bytes(observed.disk()) < bytes(disk)) {
            return wait(Verdict.no(
                    Reason.SIZE_TOO_SMALL,
                    "size " + observed.disk().getSpec().size() + " is less than the "
                            + disk.getSpec().size() + " of its parent \"" + parent.name() + "\"; raise it"));
        }
        if (parent.writer() != null) {
            return wait(Verdict.no(
                            Reason.PARENT_IN_USE,
                            "its parent \"" + parent.name() + "\" is in use by " + parent.writer()
                                    + "; it is cloned when nobody writes to the parent"))
                    .map(plan -> plan.lookAgain(AGAIN));
        }
        return Optional.empty();
    }

    private static Optional<DiskPlan> wait(Verdict ready) {
        return Optional.of(DiskPlan.of(VirtualHardDiskPhase.PENDING, ready));
    }

    private static long bytes(VirtualHardDisk disk) {
        return Quantity.getAmountInBytes(disk.getSpec().size()).longValue();
    }
}
