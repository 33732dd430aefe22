package io.kubehv.operator.virtualharddisk.phase;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import java.time.Duration;
import java.time.Instant;

/** The start of an import. */
final class Imports {
    /**
     * A disk's import decides its node, and must decide for the VM too: manifests that are applied together arrive one
     * after the other, and the VM often last.
     */
    private static final Duration TIME_FOR_A_VM = Duration.ofMillis(1500);

    /** What a disk names is not watched: a watch would let the operator read all Secrets. */
    private static final Duration REFERENCES_AGAIN = Duration.ofSeconds(10);

    private Imports() {}

    static DiskPlan start(ObservedDisk observed, int attempt) {
        if (observed.referenced().contains(ObservedDisk.ABSENT)) {
            return DiskPlan.of(
                            VirtualHardDiskPhase.PENDING,
                            Verdict.no(
                                    Reason.SECRET_NOT_FOUND,
                                    "http names by secretName or caConfigMapName what does not exist in the namespace \""
                                            + observed.disk().getMetadata().getNamespace() + "\"; create it"))
                    .after(attempt - 1)
                    .lookAgain(REFERENCES_AGAIN);
        }
        boolean clone = observed.disk().getSpec().parent() != null;
        Verdict ready = clone
                ? Verdict.no(Reason.CLONING, "it is being cloned from its parent")
                : Verdict.no(Reason.IMPORTING, "its source is being read");
        Duration age =
                Duration.between(Instant.parse(observed.disk().getMetadata().getCreationTimestamp()), observed.now());
        if (!observed.wanted() && age.compareTo(TIME_FOR_A_VM) < 0) {
            return DiskPlan.of(VirtualHardDiskPhase.IMPORTING, ready).lookAgain(TIME_FOR_A_VM.minus(age));
        }
        return DiskPlan.of(VirtualHardDiskPhase.IMPORTING, ready, new DiskAction.CreateImportPod(attempt))
                .after(attempt - 1);
    }
}
