package io.kubehv.operator.virtualharddisk;

import io.kubehv.operator.virtualharddisk.phase.EmptyHandler;
import io.kubehv.operator.virtualharddisk.phase.EndedHandler;
import io.kubehv.operator.virtualharddisk.phase.FilledHandler;
import io.kubehv.operator.virtualharddisk.phase.ImportingHandler;
import io.kubehv.operator.virtualharddisk.phase.PhaseHandler;
import io.kubehv.operator.virtualharddisk.phase.UnclaimedHandler;
import java.util.Map;
import java.util.Objects;

/** From what was observed of a disk to what is done. Pure. */
public final class DiskDecision {
    private static final Map<DiskLifecycle, PhaseHandler> HANDLERS = Map.of(
            DiskLifecycle.UNCLAIMED, new UnclaimedHandler(),
            DiskLifecycle.EMPTY, new EmptyHandler(),
            DiskLifecycle.IMPORTING, new ImportingHandler(),
            DiskLifecycle.ENDED, new EndedHandler(),
            DiskLifecycle.FILLED, new FilledHandler());

    private DiskDecision() {}

    /** What to do about a disk. */
    public static DiskPlan decide(ObservedDisk observed) {
        return Objects.requireNonNull(HANDLERS.get(DiskLifecycle.of(observed))).plan(observed);
    }
}
