package io.kubehv.operator.virtualharddisk.phase;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import java.util.List;

/** A disk whose size was raised. */
final class Growth {
    private Growth() {}

    static List<DiskAction> of(ObservedDisk observed) {
        PersistentVolumeClaim claim = observed.claim();
        if (claim == null) {
            return List.of();
        }
        long wanted = DiskClaim.request(observed.disk(), observed.storage());
        Quantity present = claim.getSpec().getResources().getRequests().get("storage");
        boolean larger = Quantity.getAmountInBytes(present).longValue() < wanted;
        return larger ? List.of(new DiskAction.GrowClaim(claim, wanted)) : List.of();
    }
}
