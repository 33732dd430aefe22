package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;

/** One write beside the status. Each may be done twice in a row without harm. */
public sealed interface DiskAction {
    /** Make the claim; {@code copy}: as a copy of the parent's by the CSI driver. */
    record CreateClaim(boolean copy) implements DiskAction {}

    /** Ask for a larger volume. */
    record GrowClaim(PersistentVolumeClaim claim, long bytes) implements DiskAction {}

    /** Note on the claim that it holds what it should. */
    record MarkFilled(PersistentVolumeClaim claim) implements DiskAction {}

    /** Make the pod that fills the claim; {@code attempt} counts from 1. */
    record CreateImportPod(int attempt) implements DiskAction {}

    /** Delete exactly this pod. */
    record DeletePod(Pod pod) implements DiskAction {}
}
