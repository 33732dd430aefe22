package io.kubehv.operator.virtualharddisk.phase;

import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;

/** What a pass does about a disk that is at one place in its life. */
public sealed interface PhaseHandler
        permits EmptyHandler, EndedHandler, FilledHandler, ImportingHandler, UnclaimedHandler {
    DiskPlan plan(ObservedDisk observed);
}
