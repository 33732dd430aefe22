package io.kubehv.operator.virtualharddisk;

import io.kubehv.operator.pod.PodFacts;

/** Where a disk is in its life, seen from outside. */
public enum DiskLifecycle {
    /** No claim of its own. */
    UNCLAIMED,

    /** A claim, and nothing that fills it. */
    EMPTY,

    /** A pod fills it. */
    IMPORTING,

    /** The pod that filled it has ended. */
    ENDED,

    /** It holds what it should. */
    FILLED;

    public static DiskLifecycle of(ObservedDisk observed) {
        if (observed.claim() == null || !observed.mine()) {
            return UNCLAIMED;
        }
        if (observed.filled()) {
            return FILLED;
        }
        return observed.podFacts().map(DiskLifecycle::withPod).orElse(EMPTY);
    }

    private static DiskLifecycle withPod(PodFacts pod) {
        return pod.finished() && !pod.deleting() ? ENDED : IMPORTING;
    }
}
