package io.kubehv.operator.virtualharddisk;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does about a disk.
 *
 * @param failures the imports that have failed since the spec last changed
 * @param again when to look again though nothing may tell; null: only when something tells
 */
public record DiskPlan(
        VirtualHardDiskPhase phase,
        Verdict ready,
        int failures,
        List<DiskAction> actions,
        @Nullable Duration again) {

    public static DiskPlan of(VirtualHardDiskPhase phase, Verdict ready, DiskAction... actions) {
        return new DiskPlan(phase, ready, 0, List.of(actions), null);
    }

    public DiskPlan and(List<DiskAction> more) {
        List<DiskAction> all = new ArrayList<>(actions);
        all.addAll(more);
        return new DiskPlan(phase, ready, failures, List.copyOf(all), again);
    }

    public DiskPlan lookAgain(Duration after) {
        return new DiskPlan(phase, ready, failures, actions, after);
    }

    public DiskPlan after(int failed) {
        return new DiskPlan(phase, ready, failed, actions, again);
    }

    /** The import that it starts, if it starts one. */
    public Optional<DiskAction.CreateImportPod> start() {
        return actions.stream()
                .filter(DiskAction.CreateImportPod.class::isInstance)
                .map(DiskAction.CreateImportPod.class::cast)
                .findFirst();
    }
}
